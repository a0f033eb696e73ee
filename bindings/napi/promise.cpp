#include "napi/promise.h"

#include <exception>
#include <initializer_list>
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
    for (size_t i = 0; i < info.Length(); ++i) Keep(info[i], true);
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
    } catch (...) {
      deferred.Reject(ToJsError(env, std::current_exception()).Value());
    }
  }

  Napi::Promise::Deferred deferred;

 private:
  // Arrays are kept one by one, since properties may be replaced during the call: those of a matrix, of sparse rows, or
  // of a model or state that has such.
  void Keep(const Napi::Value& input, bool deep) {
    if (!input.IsObject()) return;
    const auto object = input.As<Napi::Object>();
    inputs_.push_back(Napi::Persistent(object));
    if (input.IsTypedArray() || input.IsArray()) return;
    if (KeepArrays(object, {"data"}) || KeepArrays(object, {"indptr", "indices", "values", "tokens"}) || !deep) return;
    for (const char* name : {"X", "Y", "userBias", "itemBias", "popularity", "first", "second", "updates"})
      Keep(object.Get(name), false);
  }

  // Nothing where the first is no array.
  bool KeepArrays(const Napi::Object& object, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const Napi::Value array = object.Get(name);
      if (array.IsTypedArray())
        inputs_.push_back(Napi::Persistent(array.As<Napi::Object>()));
      else if (name == *names.begin())
        return false;
    }
    return true;
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
