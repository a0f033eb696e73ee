#include "kindred/device/device.h"

#if defined(__linux__)
#include <unistd.h>
#endif

#include "napi/arguments.h"
#include "napi/promise.h"
#include "napi/settings.h"

namespace kindred::bindings {
namespace {

Napi::Value DeviceToJs(Napi::Env env, const DeviceState& state) {
  return ObjectOf(env, {{"name", ToJs(env, state.name)},
                        {"computeCapability", ToJs(env, state.compute_capability)},
                        {"driver", ToJs(env, state.driver)},
                        {"memory", ToJs(env, state.memory)},
                        {"limit", ToJs(env, state.limit)},
                        {"library", ToJs(env, state.library)}});
}

// cudaState(): { decided, usable, reason, device: { name, computeCapability, driver, memory, limit, library } | null,
//   fallbacks, lastFallback: string | null }
KINDRED_EXPORT(cudaState) {
  const Napi::Env env = info.Env();
  const DeviceState state = device_state();
  return ObjectOf(env, {{"decided", Napi::Boolean::New(env, state.decided)},
                        {"usable", Napi::Boolean::New(env, state.usable)},
                        {"reason", ToJs(env, state.reason)},
                        {"device", state.library.empty() ? env.Null() : DeviceToJs(env, state)},
                        {"fallbacks", ToJs(env, state.fallbacks)},
                        {"lastFallback", state.fallbacks > 0 ? ToJs(env, state.last_fallback) : env.Null()}});
}

// cudaOpen(library: string): Promise<void>
KINDRED_EXPORT(cudaOpen) {
  const std::string library = Text(info[0], "library"), limit = SettingOf(info.Env(), "KINDRED_CUDA_MEMORY");
  return Async(info, 1, [=](const AbortFlag*) { open_device(library, limit); });
}

// cudaRefuse(reason: string): void
KINDRED_EXPORT(cudaRefuse) {
  refuse_device(Text(info[0], "reason"));
  return info.Env().Undefined();
}

// cudaFellBack(reason: string): void
KINDRED_EXPORT(cudaFellBack) {
  count_fallback(Text(info[0], "reason"));
  return info.Env().Undefined();
}

// cudaProbe(library: string, seconds: number): void; for a process of its own, which an alarm ends after `seconds`
KINDRED_EXPORT(cudaProbe) {
  const std::string library = Text(info[0], "library");
  const int64_t seconds = Count(info[1], "seconds");
#if defined(__linux__)
  alarm(static_cast<unsigned>(seconds));
#endif
  probe_device(library);
  return info.Env().Undefined();
}

}  // namespace

}  // namespace kindred::bindings
