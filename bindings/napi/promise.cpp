#include "napi/promise.h"

#include <exception>
#include <vector>

#include "napi/abort_flag.h"
#include "napi/environment.h"
#include "napi/errors.h"

namespace kindred::bindings {
namespace {

class PromiseCall : public Call {
 public:
  PromiseCall(const Napi::CallbackInfo& info, kindred::bindings::Compute compute)
      : deferred(Napi::Promise::Deferred::New(info.Env())), compute_(std::move(compute)) {
    for (size_t i = 0; i < info.Length(); ++i) Keep(info[i], 2);
  }

  void Compute() noexcept override {
    try {
      finish_ = compute_(abort.get());
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  void Finish(Napi::Env env) override {
    try {
      if (error_) return deferred.Reject(ToJsError(env, error_).Value());
      deferred.Resolve(finish_(env));
    } catch (const Napi::Error& error) {
      deferred.Reject(error.Value());
    }
  }

  Napi::Promise::Deferred deferred;

 private:
  // Arrays are kept one by one, since properties may be replaced during the call: those of matrices, sparse rows and
  // models.
  void Keep(const Napi::Value& input, int depth) {
    if (!input.IsObject()) return;
    const auto object = input.As<Napi::Object>();
    inputs_.push_back(Napi::Persistent(object));
    if (depth == 0 || input.IsTypedArray() || input.IsArray()) return;
    for (const char* name : {"data", "indptr", "indices", "values", "X", "Y", "userBias", "itemBias", "popularity",
                             "tokens", "first", "second", "updates"})
      Keep(object.Get(name), depth - 1);
  }

  kindred::bindings::Compute compute_;
  kindred::bindings::Finish finish_;
  std::vector<Napi::ObjectReference> inputs_;
  std::exception_ptr error_;
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
