#include "kindred/device/device.h"

#if defined(__linux__)
#include <unistd.h>
#endif

#include "families.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

struct Nothing {};

// cudaState(): { decided, usable, reason, device: { name, computeCapability, driver, memory, limit, library } | null,
//   fallbacks, lastFallback: string | null }
Napi::Value State(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const DeviceState state = device_state();
  auto object = Napi::Object::New(env);
  object.Set("decided", Napi::Boolean::New(env, state.decided));
  object.Set("usable", Napi::Boolean::New(env, state.usable));
  object.Set("reason", state.reason);
  object.Set("fallbacks", static_cast<double>(state.fallbacks));
  object.Set("lastFallback", state.fallbacks > 0 ? Napi::String::New(env, state.last_fallback) : env.Null());
  if (state.library.empty()) {
    object.Set("device", env.Null());
    return object;
  }
  auto device = Napi::Object::New(env);
  device.Set("name", state.name);
  device.Set("computeCapability", static_cast<double>(state.compute_capability));
  device.Set("driver", static_cast<double>(state.driver));
  device.Set("memory", static_cast<double>(state.memory));
  device.Set("limit", static_cast<double>(state.limit));
  device.Set("library", state.library);
  object.Set("device", device);
  return object;
}

// cudaOpen(library: string): Promise<void>
Napi::Value Open(const Napi::CallbackInfo& info) {
  return Async<Nothing>(
      info.Env(), info[1], {},
      [library = Text(info[0], "library")](const AbortFlag*) {
        open_device(library);
        return Nothing{};
      },
      [](Napi::Env env, Nothing&) { return env.Undefined(); });
}

// cudaRefuse(reason: string): void
Napi::Value Refuse(const Napi::CallbackInfo& info) {
  refuse_device(Text(info[0], "reason"));
  return info.Env().Undefined();
}

// cudaFellBack(reason: string): void
Napi::Value FellBack(const Napi::CallbackInfo& info) {
  count_fallback(Text(info[0], "reason"));
  return info.Env().Undefined();
}

// cudaProbe(library: string, seconds: number): void; for a process of its own, which an alarm ends after `seconds`
Napi::Value Probe(const Napi::CallbackInfo& info) {
  const std::string library = Text(info[0], "library");
  const int64_t seconds = Count(info[1], "seconds");
#if defined(__linux__)
  alarm(static_cast<unsigned>(seconds));
#endif
  probe_device(library);
  return info.Env().Undefined();
}

}  // namespace

void ExportDevice(Napi::Env env, Napi::Object exports) {
  Export<State>(env, exports, "cudaState");
  Export<Open>(env, exports, "cudaOpen");
  Export<Refuse>(env, exports, "cudaRefuse");
  Export<FellBack>(env, exports, "cudaFellBack");
  Export<Probe>(env, exports, "cudaProbe");
}

}  // namespace kindred::bindings
