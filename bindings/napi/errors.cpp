#include "napi/errors.h"

#include <new>
#include <stdexcept>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred::bindings {
namespace {

Napi::Error WithCode(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace

Napi::Error ToJsError(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return WithCode(env, e.code(), e.what());
  } catch (const std::bad_alloc&) {
    return WithCode(env, "ERR_OUT_OF_MEMORY", "Not enough memory for this operation.");
  } catch (const std::length_error&) {  // what std::vector throws for a size that no memory could hold
    return WithCode(env, "ERR_OUT_OF_MEMORY", "Not enough memory for this operation.");
  } catch (const std::exception& e) {
    return WithCode(env, "ERR_INTERNAL", e.what());
  }
}

}  // namespace kindred::bindings
