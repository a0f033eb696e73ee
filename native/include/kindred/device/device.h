// The NVIDIA GPU that this process uses, if any. Its kernels are in a shared library of their own
// (kindred/device/cuda.h), opened at run time; what it is used for is in kindred/device/device_matrix.h and the headers
// beside it.
#pragma once

#include <cstdint>
#include <string>

namespace kindred {

struct DeviceState {
  bool decided = false;  // once and for all, by open_device or refuse_device
  bool usable = false;   // open, and not lost since
  std::string reason;    // why it is, or is not

  // Of an open device:
  std::string library;
  std::string name;
  int compute_capability = 0;  // 10 major + minor
  int driver = 0;              // the CUDA version of the driver: 1000 major + 10 minor
  int64_t memory = 0;          // bytes
  int64_t limit = 0;           // bytes that this process allows itself there; 0 for no limit

  int64_t fallbacks = 0;  // calls that went to the CPU because the device failed or had too little memory
  std::string last_fallback;
};

DeviceState device_state();

// Opens the library and makes a context on its first device. Nothing happens if that was decided before.
// `limit` is what KINDRED_CUDA_MEMORY says: bytes, or a number with a unit of KiB, MiB or GiB; empty for no limit.
// Throws ERR_DEVICE, with what to do about it; ERR_VALUE for a limit that says nothing legal.
void open_device(const std::string& library, const std::string& limit);

// Decides, unless that was done before, that there is no device.
void refuse_device(const std::string& reason);

void count_fallback(const std::string& reason);

// Whether this machine's driver and the library can be trusted: opens both and compares what a kernel computes with
// what is known. They may be broken in any way: to be called in a process that may die of it. Throws ERR_DEVICE.
void probe_device(const std::string& library);

}  // namespace kindred
