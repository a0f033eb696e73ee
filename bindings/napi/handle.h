// An opaque JavaScript object that shares ownership of an immutable C++ one. Its bytes are reported to V8.
#pragma once

#include <memory>

#include "kindred/runtime/error.h"
#include "napi/napi.h"

namespace kindred::bindings {

template <class T>
struct Held {
  std::shared_ptr<const T> shared;  // null once released
  int64_t bytes;

  void release(napi_env env) {
    int64_t now = 0;
    napi_adjust_external_memory(env, -bytes, &now);
    bytes = 0;
    shared.reset();
  }
};

// `tag` tells these objects from any other wrapped object before the pointer is trusted.
template <class T>
Napi::Object WrapShared(Napi::Env env, std::shared_ptr<const T> shared, const napi_type_tag& tag) {
  auto object = Napi::Object::New(env);
  object.TypeTag(&tag);
  const int64_t bytes = shared->bytes();
  auto held = std::make_unique<Held<T>>(Held<T>{std::move(shared), bytes});
  const auto finalize = [](napi_env raw, void* data, void*) {
    const std::unique_ptr<Held<T>> owned(static_cast<Held<T>*>(data));
    owned->release(raw);
  };
  if (napi_wrap(env, object, held.get(), finalize, nullptr, nullptr) != napi_ok) throw Napi::Error::New(env);
  held.release();
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  return object;
}

template <class T>
Held<T>& HeldOf(const Napi::Value& value, const napi_type_tag& tag, const char* expected) {
  void* held = nullptr;
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag) ||
      napi_unwrap(value.Env(), value, &held) != napi_ok)
    fail_value(std::string("expected a ") + expected + ".");
  return *static_cast<Held<T>*>(held);
}

template <class T>
std::shared_ptr<const T> SharedOf(const Napi::Value& value, const napi_type_tag& tag, const char* expected) {
  const Held<T>& held = HeldOf<T>(value, tag, expected);
  if (!held.shared) throw Error("ERR_DISPOSED", std::string("the ") + expected + " was disposed.");
  return held.shared;
}

// Gives up the object's share now; calls under way keep theirs.
template <class T>
void ReleaseShared(const Napi::Value& value, const napi_type_tag& tag, const char* expected) {
  HeldOf<T>(value, tag, expected).release(value.Env());
}

}  // namespace kindred::bindings
