#include "napi/exported.h"

#include "napi/environment.h"
#include "napi/errors.h"

namespace kindred::bindings {
namespace {

constinit const Exported* first = nullptr;

}  // namespace

Exported::Exported(const char* name, Function function) : name(name), function(function), next(first) { first = this; }

void AddExported(Napi::Env env, Napi::Object exports) {
  for (const Exported* each = first; each; each = each->next) {
    const auto guarded = [function = each->function](const Napi::CallbackInfo& info) -> Napi::Value {
      const ArgumentScope scope(Environment::Of(info.Env()));
      try {
        return function(info);
      } catch (const Napi::Error&) {
        throw;
      } catch (...) {
        throw ToJsError(info.Env(), Failure::current());
      }
    };
    exports.Set(each->name, Napi::Function::New(env, guarded, each->name));
  }
}

}  // namespace kindred::bindings
