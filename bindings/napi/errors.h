// C++ exceptions become JavaScript errors with a `code` here and nowhere else.
#pragma once

#include <exception>

#include "napi/napi.h"

namespace kindred::bindings {

Napi::Error ToJsError(Napi::Env env, const std::exception_ptr& error);

// Adds function `name` to the addon. Whatever it throws is translated.
template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
void Export(Napi::Env env, Napi::Object exports, const char* name) {
  constexpr auto guarded = [](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      return Function(info);
    } catch (const Napi::Error&) {
      throw;
    } catch (...) {
      throw ToJsError(info.Env(), std::current_exception());
    }
  };
  exports.Set(name, Napi::Function::New(env, guarded, name));
}

}  // namespace kindred::bindings
