#include "kindred/runtime/backend.h"

#include "families.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/thread_pool.h"
#include "napi/arguments.h"
#include "napi/errors.h"

namespace kindred::bindings {
namespace {

// backendInfo(): { isa, isaReason, isaAvailable, threads, threadsReason, affinity, quota }
Napi::Value BackendInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Backend& chosen = backend();
  const ThreadBudget budget = thread_budget();
  auto available = Napi::Array::New(env, chosen.available.size());
  for (uint32_t i = 0; i < chosen.available.size(); ++i) available.Set(i, chosen.available[i]);
  auto object = Napi::Object::New(env);
  object.Set("isa", chosen.isa);
  object.Set("isaReason", chosen.reason);
  object.Set("isaAvailable", available);
  object.Set("threads", budget.threads);
  object.Set("threadsReason", budget.reason);
  object.Set("affinity", budget.affinity);
  object.Set("quota", budget.quota);
  return object;
}

// setThreads(threads: number): void
Napi::Value SetThreads(const Napi::CallbackInfo& info) {
  set_thread_count(static_cast<int>(Count(info[0], "threads")));
  return info.Env().Undefined();
}

}  // namespace

void ExportBackend(Napi::Env env, Napi::Object exports) {
  Export<BackendInfo>(env, exports, "backendInfo");
  Export<SetThreads>(env, exports, "setThreads");
}

}  // namespace kindred::bindings
