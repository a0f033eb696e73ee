// The addon's functions register themselves: a file of a family holds nothing but
//
//   // gram(x: Matrix, abort?): Promise<Float64Array> [cols, cols]
//   KINDRED_EXPORT(gram) { ... info[0] ... }
//
// The comment is the function's TypeScript signature, which test/native-signatures.test.ts holds against lib/native.
#pragma once

#include "napi/napi.h"

namespace kindred::bindings {

using Function = Napi::Value (*)(const Napi::CallbackInfo& info);

// Made before the addon is loaded; AddExported then adds its function to an environment's exports.
struct Exported {
  Exported(const char* name, Function function);

  const char* name;
  Function function;
  const Exported* next;
};

// Whatever a function throws is translated.
void AddExported(Napi::Env env, Napi::Object exports);

}  // namespace kindred::bindings

#define KINDRED_EXPORT(name)                                                      \
  static Napi::Value name##_of_js(const Napi::CallbackInfo& info);                \
  static const kindred::bindings::Exported name##_exported(#name, &name##_of_js); \
  static Napi::Value name##_of_js([[maybe_unused]] const Napi::CallbackInfo& info)
