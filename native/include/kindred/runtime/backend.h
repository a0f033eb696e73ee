// Which instruction set the kernels use, and why.
#pragma once

#include <string>
#include <vector>

namespace kindred {

struct Backend {
  // "amx" | "avx512bf16" | "avx512" | "avx2" | "baseline" (x86-64) | "portable" (others)
  std::string isa;
  std::string reason;                  // "best supported" or "forced by KINDRED_ISA"
  std::vector<std::string> available;  // what this processor and operating system can run, best first
};

// Decided once, at the first call. KINDRED_ISA (kindred/runtime/settings.h) forces one; an unknown or unsupported name
// throws ERR_VALUE.
const Backend& backend();

}  // namespace kindred
