#include "napi/errors.h"

namespace kindred::bindings {

Napi::Error ToJsError(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message());
  error.Set("code", Napi::String::New(env, failure.code()));
  return error;
}

}  // namespace kindred::bindings
