#include "napi/settings.h"

namespace kindred::bindings {

std::string SettingOf(Napi::Env env, const char* name) {
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const Napi::Value value = process.Get("env").As<Napi::Object>().Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

}  // namespace kindred::bindings
