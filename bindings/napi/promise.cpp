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
  PromiseCall(Napi::Env env, std::initializer_list<napi_value> inputs, kindred::bindings::Compute compute)
      : deferred(Napi::Promise::Deferred::New(env)), compute_(std::move(compute)) {
    for (napi_value input : inputs) Keep(Napi::Value(env, input));
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
  // An input stays reachable while a kernel reads it, and so do the typed arrays of a matrix, even if its properties
  // are replaced meanwhile.
  void Keep(const Napi::Value& input) {
    if (!input.IsObject()) return;
    const auto object = input.As<Napi::Object>();
    inputs_.push_back(Napi::Persistent(object));
    if (input.IsTypedArray()) return;
    for (const char* name : {"data", "indptr", "indices", "values"})
      if (const Napi::Value array = object.Get(name); array.IsTypedArray())
        inputs_.push_back(Napi::Persistent(array.As<Napi::Object>()));
  }

  kindred::bindings::Compute compute_;
  kindred::bindings::Finish finish_;
  std::vector<Napi::ObjectReference> inputs_;
  std::exception_ptr error_;
};

}  // namespace

Napi::Value StartAsync(Napi::Env env, const Napi::Value& abort, std::initializer_list<napi_value> inputs,
                       Compute compute) {
  auto flag = AbortFlagObject::FlagOf(abort);
  auto* call = new PromiseCall(env, inputs, std::move(compute));
  if (flag) call->abort = std::move(flag);
  const Napi::Promise promise = call->deferred.Promise();
  Environment::Of(env).Start(call);
  return promise;
}

}  // namespace kindred::bindings
