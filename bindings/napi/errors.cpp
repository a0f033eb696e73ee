#include "napi/errors.h"

namespace kindred::bindings {

// Plain functions of the Node-API, which copy nothing of C++: the failure may be a lack of memory.
Napi::Error ToJsError(Napi::Env env, const Failure& failure) {
  napi_value code = nullptr, message = nullptr, error = nullptr;
  const auto& text = failure.message();
  if (napi_create_string_utf8(env, failure.code(), NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_string_utf8(env, text.data(), text.size(), &message) != napi_ok ||
      napi_create_error(env, code, message, &error) != napi_ok)
    return Napi::Error::New(env);
  return Napi::Error(env, error);
}

}  // namespace kindred::bindings
