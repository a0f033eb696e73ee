#include "kindred/runtime/backend.h"

#include "kindred/encode/encoder.h"
#include "kindred/linalg/gemm_bf16.h"
#include "kindred/runtime/thread_pool.h"
#include "napi/arguments.h"
#include "napi/exported.h"

namespace kindred::bindings {
namespace {

// backendInfo(): { isa, isaReason, isaAvailable, isaBf16, isaInt8, threads, threadsReason, affinity, quota }
KINDRED_EXPORT(backendInfo) {
  const Napi::Env env = info.Env();
  const Backend& chosen = backend();
  const ThreadBudget budget = thread_budget();
  auto available = Napi::Array::New(env, chosen.available.size());
  for (uint32_t i = 0; i < chosen.available.size(); ++i) available.Set(i, chosen.available[i]);
  return ObjectOf(env, {{"isa", ToJs(env, chosen.isa)},
                        {"isaReason", ToJs(env, chosen.reason)},
                        {"isaAvailable", available},
                        {"isaBf16", Napi::Boolean::New(env, has_bf16_products())},
                        {"isaInt8", Napi::Boolean::New(env, encode::has_int8_products())},
                        {"threads", ToJs(env, budget.threads)},
                        {"threadsReason", ToJs(env, budget.reason)},
                        {"affinity", ToJs(env, budget.affinity)},
                        {"quota", ToJs(env, budget.quota)}});
}

// setThreads(threads: number): void
KINDRED_EXPORT(setThreads) {
  set_thread_count(static_cast<int>(Count(info[0], "threads")));
  return info.Env().Undefined();
}

}  // namespace

}  // namespace kindred::bindings
