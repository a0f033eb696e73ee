// The NVIDIA driver of this machine, asked without any CUDA library.
#pragma once

namespace kindred {

constexpr int kDriverNeeded = 13000;  // CUDA 13.0, as cuDriverGetVersion counts: 1000 major + 10 minor

// Throws ERR_DEVICE, with what to do about it, unless a driver for CUDA 13 answers and has at least one device. It
// opens the driver, which may be broken in any way: to be called in a process that may die of it.
void check_driver();

}  // namespace kindred
