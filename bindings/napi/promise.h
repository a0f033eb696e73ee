// Asynchronous calls, two layers: a family writes only what to compute and what to return.
//
//   return Async<Out>(env, info[5], {info[0], info[1]},
//                     [=](const AbortFlag* abort) { ...native call...; return out; },
//                     [](Napi::Env env, Out& out) { return ToJs(env, out); });
#pragma once

#include <exception>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "napi/abort_flag.h"
#include "napi/environment.h"
#include "napi/errors.h"

namespace kindred::bindings {

template <class Out>
class PromiseCall : public Call {
 public:
  using Execute = std::function<Out(const AbortFlag*)>;
  using Result = std::function<Napi::Value(Napi::Env, Out&)>;

  PromiseCall(Napi::Env env, std::initializer_list<napi_value> inputs, Execute execute, Result result)
      : deferred(Napi::Promise::Deferred::New(env)), execute_(std::move(execute)), result_(std::move(result)) {
    for (napi_value input : inputs) Keep(Napi::Value(env, input));
  }

  void Compute() noexcept override {
    try {
      out_.emplace(execute_(abort.get()));
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  void Finish(Napi::Env env) override {
    try {
      if (error_) return deferred.Reject(ToJsError(env, error_).Value());
      deferred.Resolve(result_(env, *out_));
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

  Execute execute_;
  Result result_;
  std::vector<Napi::ObjectReference> inputs_;
  std::optional<Out> out_;
  std::exception_ptr error_;
};

// `abort` is an AbortFlag object or undefined.
template <class Out>
Napi::Value Async(Napi::Env env, const Napi::Value& abort, std::initializer_list<napi_value> inputs,
                  typename PromiseCall<Out>::Execute execute, typename PromiseCall<Out>::Result result) {
  auto flag = AbortFlagObject::FlagOf(abort);
  auto* call = new PromiseCall<Out>(env, inputs, std::move(execute), std::move(result));
  if (flag) call->abort = std::move(flag);
  const Napi::Promise promise = call->deferred.Promise();
  Environment::Of(env).Start(call);
  return promise;
}

}  // namespace kindred::bindings
