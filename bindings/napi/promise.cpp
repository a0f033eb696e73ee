#include "napi/promise.h"

#include <vector>

#include "napi/abort_flag.h"
#include "napi/environment.h"
#include "napi/errors.h"

namespace kindred::bindings {
namespace {

// A millisecond of reading, about.
constexpr size_t kSmall = 1 << 20;

class PromiseCall : public Call {
 public:
  PromiseCall(const Napi::CallbackInfo& info, kindred::bindings::Compute compute)
      : deferred(Napi::Promise::Deferred::New(info.Env())), compute_(std::move(compute)) {
    for (size_t i = 0; i < info.Length(); ++i)
      if (info[i].IsObject()) inputs_.push_back(Napi::Persistent(info[i].As<Napi::Object>()));
    size_t bytes = 0;
    for (const Napi::Value& array : Environment::Of(info.Env()).arguments) {
      inputs_.push_back(Napi::Persistent(array.As<Napi::Object>()));
      bytes += array.As<Napi::TypedArray>().ByteLength();
    }
    if (bytes <= kSmall) size = JobSize::small;
  }

  void Compute() noexcept override {
    try {
      if (finish_)
        for (const auto& copy : copies_) copy();
      else
        finish_ = compute_(abort.get());
    } catch (...) {
      failure_ = Failure::current();
    }
  }

  bool Finish(Napi::Env env) override {
    try {
      if (failure_) {
        Reject(env, failure_);
      } else if (!result_.IsEmpty()) {
        deferred.Resolve(result_.Value());
      } else {
        const Napi::Value result = MakeResult(env);
        if (copies_.empty()) {
          deferred.Resolve(result);
        } else {
          result_ = Napi::Persistent(result.As<Napi::Object>());
          return true;
        }
      }
    } catch (const Napi::Error& error) {
      deferred.Reject(error.Value());
    } catch (...) {
      Reject(env, Failure::current());
    }
    return false;
  }

  // Nothing leaves it: the last that can be done for a call.
  void Reject(Napi::Env env, const Failure& failure) override {
    try {
      deferred.Reject(ToJsError(env, failure).Value());
    } catch (const Napi::Error&) {  // the environment ends, as in Environment::OnResult
    }
  }

  Napi::Promise::Deferred deferred;

 private:
  // Large arrays in it are still to be filled, by copies_.
  Napi::Value MakeResult(Napi::Env env) {
    Environment& environment = Environment::Of(env);
    environment.copies = &copies_;
    struct Reset {
      Environment& environment;
      ~Reset() { environment.copies = nullptr; }
    } reset{environment};
    return finish_(env);
  }

  kindred::bindings::Compute compute_;
  kindred::bindings::Finish finish_;
  std::vector<Napi::ObjectReference> inputs_;
  std::vector<std::function<void()>> copies_;
  Napi::ObjectReference result_;
  Failure failure_;
};

}  // namespace

Napi::Value StartAsync(const Napi::CallbackInfo& info, size_t abort, Compute compute) {
  auto flag = AbortFlagObject::FlagOf(info[abort]);
  auto* call = new PromiseCall(info, std::move(compute));
  if (flag) call->abort = std::move(flag);
  const Napi::Promise promise = call->deferred.Promise();
  Environment::Of(info.Env()).Start(call);
  return promise;
}

}  // namespace kindred::bindings
