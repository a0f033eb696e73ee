// Handles to what lies in the memory of the GPU.
#pragma once

#include <memory>

#include "kindred/device/device_matrix.h"
#include "napi/handle.h"

namespace kindred::bindings {

inline constexpr napi_type_tag kDeviceMatrixTag = {0x6b696e6472656421, 0x6465766d61747269};
inline constexpr napi_type_tag kDeviceCsrTag = {0x6b696e6472656421, 0x6465766373722121};

using SharedMatrix = std::shared_ptr<DeviceMatrix>;
using SharedCsr = std::shared_ptr<const DeviceCsr>;

// A handle's object is shared as const; what it stands for, on the device, may be written by one call at a time.
inline SharedMatrix DeviceMatrixOf(const Napi::Value& value) {
  return std::const_pointer_cast<DeviceMatrix>(SharedOf<DeviceMatrix>(value, kDeviceMatrixTag, "device matrix"));
}

inline Napi::Value DeviceMatrixToJs(Napi::Env env, SharedMatrix& matrix) {
  return WrapShared<DeviceMatrix>(env, std::move(matrix), kDeviceMatrixTag);
}

}  // namespace kindred::bindings
