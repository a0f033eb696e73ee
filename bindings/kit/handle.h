// An opaque JavaScript object that shares ownership of an immutable C++ one. Its bytes are reported to V8.
#pragma once

#include <memory>

#include "kindred/error.h"
#include "kit/napi.h"

namespace kindred::bindings {

// `tag` tells these objects from any other wrapped object before the pointer is trusted.
template <class T>
Napi::Object WrapShared(Napi::Env env, std::shared_ptr<const T> shared, const napi_type_tag& tag) {
  struct Held {
    std::shared_ptr<const T> shared;
    int64_t bytes;
  };
  auto object = Napi::Object::New(env);
  object.TypeTag(&tag);
  const int64_t bytes = shared->bytes();
  auto held = std::make_unique<Held>(Held{std::move(shared), bytes});
  const auto release = [](napi_env raw, void* data, void*) {
    const std::unique_ptr<Held> owned(static_cast<Held*>(data));
    int64_t now = 0;
    napi_adjust_external_memory(raw, -owned->bytes, &now);
  };
  if (napi_wrap(env, object, held.get(), release, nullptr, nullptr) != napi_ok) throw Napi::Error::New(env);
  held.release();
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  return object;
}

template <class T>
std::shared_ptr<const T> SharedOf(const Napi::Value& value, const napi_type_tag& tag, const char* expected) {
  void* held = nullptr;
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag) ||
      napi_unwrap(value.Env(), value, &held) != napi_ok)
    fail_value(std::string("expected a ") + expected + ".");
  return *static_cast<std::shared_ptr<const T>*>(held);
}

}  // namespace kindred::bindings
