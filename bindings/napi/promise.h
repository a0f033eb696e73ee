// Asynchronous calls: a family writes only what to compute and what to return.
//
//   return Async(info, 5, [=](const AbortFlag* abort) { ...native call...; return out; },
//                [](Napi::Env env, Out& out) { return ...; });
//
// Argument 5 is an AbortFlag or undefined. Without the last lambda the promise is of ToJs(env, out), or of undefined
// where nothing is returned.
#pragma once

#include <functional>
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

// The arguments stay reachable while `compute` runs, with the arrays that are their properties.
Napi::Value StartAsync(const Napi::CallbackInfo& info, size_t abort, Compute compute);

template <class Execute, class Result>
Napi::Value Async(const Napi::CallbackInfo& info, size_t abort, Execute execute, Result result) {
  return StartAsync(info, abort, [=](const AbortFlag* flag) -> Finish {
    const auto out = std::make_shared<std::invoke_result_t<const Execute&, const AbortFlag*>>(execute(flag));
    return [out, result](Napi::Env env) -> Napi::Value { return result(env, *out); };
  });
}

template <class Execute>
Napi::Value Async(const Napi::CallbackInfo& info, size_t abort, Execute execute) {
  using Out = std::invoke_result_t<const Execute&, const AbortFlag*>;
  if constexpr (std::is_void_v<Out>) {
    return StartAsync(info, abort, [=](const AbortFlag* flag) -> Finish {
      execute(flag);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  } else {
    return Async(info, abort, std::move(execute), [](Napi::Env env, Out& out) { return ToJs(env, std::move(out)); });
  }
}

}  // namespace kindred::bindings
