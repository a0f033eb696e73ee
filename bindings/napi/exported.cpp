#include "napi/exported.h"

#include "kindred/runtime/failure.h"
#include "napi/environment.h"

namespace kindred::bindings {
namespace {

constinit const Exported* first = nullptr;

// In place of node-addon-api's own wrapper, which lets whatever is no Napi::Error end the process, and allocates what
// holds more than six arguments.
napi_value CallExported(napi_env env, napi_callback_info arguments) {
  try {
    const Napi::CallbackInfo info(env, arguments);
    const ArgumentScope scope(Environment::Of(env));
    return static_cast<const Exported*>(info.Data())->function(info);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (...) {
    const Failure failure = Failure::current();
    napi_throw_error(env, failure.code(), failure.message().c_str());
  }
  return nullptr;
}

}  // namespace

Exported::Exported(const char* name, Function function) : name(name), function(function), next(first) { first = this; }

void AddExported(Napi::Env env, Napi::Object exports) {
  for (const Exported* each = first; each; each = each->next) {
    napi_value function = nullptr;
    NAPI_THROW_IF_FAILED_VOID(env, napi_create_function(env, each->name, NAPI_AUTO_LENGTH, CallExported,
                                                        const_cast<Exported*>(each), &function));
    exports.Set(each->name, function);
  }
}

}  // namespace kindred::bindings
