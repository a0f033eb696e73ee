// The addon's entry: one Environment per Node environment, then every function that the families export.
#include "kindred/runtime/settings.h"
#include "napi/abort_flag.h"
#include "napi/environment.h"
#include "napi/errors.h"
#include "napi/exported.h"
#include "napi/keep_loaded.h"
#include "napi/settings.h"

namespace kindred::bindings {
namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  try {
    keep_loaded();
    configure({.isa = SettingOf(env, "KINDRED_ISA"), .threads = SettingOf(env, "KINDRED_THREADS")});
    env.SetInstanceData(new Environment(env));
    exports.Set("AbortFlag", AbortFlagObject::Define(env));
    AddExported(env, exports);
    return exports;
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {  // out of memory
    throw ToJsError(env, Failure::current());
  }
}

}  // namespace

NODE_API_MODULE(kindred, Init)

}  // namespace kindred::bindings
