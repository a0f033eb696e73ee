// Asynchronous calls: a family writes only what to compute and what to return.
//
//   return Async(info.Env(), info[5], {info[0], info[1]},
//                [=](const AbortFlag* abort) { ...native call...; return out; },
//                [](Napi::Env env, Out& out) { return ...; });
//
// Without the last the promise is of ToJs(env, out), or of undefined where nothing is returned.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>

#include "kindred/runtime/thread_pool.h"
#include "napi/arguments.h"
#include "napi/exported.h"

namespace kindred::bindings {

// Runs on the JavaScript thread, after the computation.
using Finish = std::function<Napi::Value(Napi::Env)>;
// Runs on a carrier thread.
using Compute = std::function<Finish(const AbortFlag*)>;

// `abort` is an AbortFlag object or undefined; `inputs` stay reachable while `compute` runs.
Napi::Value StartAsync(Napi::Env env, const Napi::Value& abort, std::initializer_list<napi_value> inputs,
                       Compute compute);

template <class Execute, class Result>
Napi::Value Async(Napi::Env env, const Napi::Value& abort, std::initializer_list<napi_value> inputs, Execute execute,
                  Result result) {
  return StartAsync(env, abort, inputs, [=](const AbortFlag* flag) -> Finish {
    const auto out = std::make_shared<std::invoke_result_t<const Execute&, const AbortFlag*>>(execute(flag));
    return [out, result](Napi::Env env) -> Napi::Value { return result(env, *out); };
  });
}

template <class Execute>
Napi::Value Async(Napi::Env env, const Napi::Value& abort, std::initializer_list<napi_value> inputs, Execute execute) {
  using Out = std::invoke_result_t<const Execute&, const AbortFlag*>;
  if constexpr (std::is_void_v<Out>) {
    return StartAsync(env, abort, inputs, [=](const AbortFlag* flag) -> Finish {
      execute(flag);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  } else {
    return Async(env, abort, inputs, std::move(execute),
                 [](Napi::Env env, Out& out) { return ToJs(env, std::move(out)); });
  }
}

}  // namespace kindred::bindings
