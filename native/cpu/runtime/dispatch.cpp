// Chooses the kernel table once: the best instruction set that both the processor and the operating system support
// (the latter must save the wide registers on a context switch, which xgetbv tells).
#include <cstdint>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/backend.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/settings.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace kindred {

#if defined(__x86_64__)
namespace isa_avx512bf16 {
void score_bf16(const PanelSearch& search);
void score_i8(const PanelSearch& search);
void bf16_pack(const Bf16Source& source, bool by_pair, int64_t strip_words, uint32_t* out);
void bf16_multiply(const Bf16Block& block);
void int8_pack(const Int8Source& source, bool by_column, uint32_t* out, float* scales, int32_t* sums);
void int8_multiply(const Int8Block& block);
}  // namespace isa_avx512bf16

namespace isa_amx {
void bf16_pack(const Bf16Source& source, bool by_pair, int64_t strip_words, uint32_t* out);
void bf16_multiply(const Bf16Block& block);
void int8_pack(const Int8Source& source, bool by_column, uint32_t* out, float* scales, int32_t* sums);
void int8_multiply(const Int8Block& block);
}  // namespace isa_amx

const Kernels& kernels_avx512bf16() {
  static const Kernels table = [] {
    Kernels out = kernels_avx512;
    out.score_bf16 = isa_avx512bf16::score_bf16;
    out.score_i8 = isa_avx512bf16::score_i8;
    out.bf16 = {isa_avx512bf16::bf16_pack, isa_avx512bf16::bf16_multiply};
    out.int8 = {isa_avx512bf16::int8_pack, isa_avx512bf16::int8_multiply};
    return out;
  }();
  return table;
}

const Kernels& kernels_amx() {
  static const Kernels table = [] {
    Kernels out = kernels_avx512bf16();
    out.bf16 = {isa_amx::bf16_pack, isa_amx::bf16_multiply};
    out.int8 = {isa_amx::int8_pack, isa_amx::int8_multiply};
    return out;
  }();
  return table;
}
#endif

namespace {

struct Candidate {
  const char* name;
  const Kernels* kernels;
  bool supported;
};

#if defined(__x86_64__)
struct X86Features {
  bool avx2 = false;
  bool avx512 = false;
  bool avx512bf16 = false;  // and VNNI
  bool amx = false;         // tiles of bf16 and int8
};

uint64_t xgetbv0() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// Linux saves the tile registers of processes that have asked for it (its Documentation/arch/x86/xstate.rst). It
// refuses where a thread has too small a stack for signals to hold them.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

X86Features detect() {
  X86Features features;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return features;
  const unsigned needed = bit_OSXSAVE | bit_AVX | bit_FMA | bit_POPCNT;
  if ((c & needed) != needed) return features;
  const uint64_t saved = xgetbv0();
  const bool ymm = (saved & 0x6) == 0x6;    // SSE and AVX state
  const bool zmm = (saved & 0xe6) == 0xe6;  // and opmask, upper ZMM, ZMM16-31
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  const unsigned narrow = bit_AVX2 | bit_BMI | bit_BMI2;  // every extension that CMakeLists.txt compiles for
  features.avx2 = ymm && (b & narrow) == narrow;
  const unsigned wide = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  features.avx512 = features.avx2 && zmm && (b & wide) == wide;
  const bool vnni = c & bit_AVX512VNNI;
  const unsigned kAmx = 1u << 22 | 1u << 24 | 1u << 25;  // of edx: bf16, tiles, int8
  const bool tiles = (d & kAmx) == kAmx && (saved & 0x60000) == 0x60000;
  if (features.avx512 && vnni && __get_cpuid_count(7, 1, &a, &b, &c, &d)) features.avx512bf16 = a & bit_AVX512BF16;
  features.amx = features.avx512bf16 && tiles && may_use_tiles();
  return features;
}
#endif

struct Choice {
  Backend backend;
  const Kernels* kernels = nullptr;
};

Choice choose() {
#if defined(__x86_64__)
  const X86Features features = detect();
  const Candidate candidates[] = {
      {"amx", &kernels_amx(), features.amx},        {"avx512bf16", &kernels_avx512bf16(), features.avx512bf16},
      {"avx512", &kernels_avx512, features.avx512}, {"avx2", &kernels_avx2, features.avx2},
      {"baseline", &kernels_baseline, true},
  };
#else
  const Candidate candidates[] = {{"portable", &kernels_portable, true}};
#endif
  const std::string forced = settings().isa;
  Choice choice;
  std::string legal;
  for (const Candidate& candidate : candidates) {
    if (!candidate.supported) continue;
    choice.backend.available.push_back(candidate.name);
    legal += (legal.empty() ? "" : ", ") + std::string(candidate.name);
    if (!choice.kernels && (forced.empty() || forced == candidate.name)) {
      choice.kernels = candidate.kernels;
      choice.backend.isa = candidate.name;
    }
  }
  if (!choice.kernels)
    fail_value("KINDRED_ISA: expected one of " + legal + " (what this machine can run) but received \"" + forced +
               "\".");
  choice.backend.reason = forced.empty() ? "best supported" : "forced by KINDRED_ISA";
  return choice;
}

const Choice& choice() {
  static const Choice* const instance = new Choice(choose());
  return *instance;
}

}  // namespace

const Backend& backend() { return choice().backend; }
const Kernels& kernels() { return *choice().kernels; }

}  // namespace kindred
