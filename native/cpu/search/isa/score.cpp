// Scores of f32 vectors against one panel.
#include "cpu/runtime/isa/kernel_declarations.h"
#include "cpu/search/isa/score_panel.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

KINDRED_INLINE float as_float(uint32_t word) { return __builtin_bit_cast(float, word); }

struct Dot {
  using Sum = vf;
  static KINDRED_INLINE vf start(const PanelSearch&, int64_t) { return vf{}; }
  static KINDRED_INLINE vf step(vf sum, uint32_t query, vu items) { return sum + as_float(query) * (vf)items; }
  static KINDRED_INLINE vf finish(const PanelSearch&, int64_t, int64_t, vf sum) { return sum; }
};

struct Distance : Dot {
  static KINDRED_INLINE vf step(vf sum, uint32_t query, vu items) {
    const vf difference = as_float(query) - (vf)items;
    return sum - difference * difference;
  }
};

}  // namespace

void score_dot(const PanelSearch& search) { score_panel<Dot>(search); }
void score_distance(const PanelSearch& search) { score_panel<Distance>(search); }

void beyond(const float* scores, const float* thresholds, int64_t count, uint64_t* masks) {
  for (int64_t q = 0; q < count; ++q) {
    masks[q] = 0;
    for (int64_t i = 0; i < kPanel; i += kFloats)
      masks[q] |= beyond(load(scores + q * kPanel + i), vf{} + thresholds[q]) << i;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
