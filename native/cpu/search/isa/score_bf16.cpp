// Scores of bf16 codes against one panel: a word holds two dimensions, the first in its low half.
#include "cpu/runtime/isa/kernel_declarations.h"
#include "cpu/search/isa/score_panel.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

struct DotBf16 {
  using Sum = vf;
  static KINDRED_INLINE vf start(const PanelSearch&, int64_t) { return vf{}; }
  static KINDRED_INLINE vf step(vf sum, uint32_t query, vu items) {
#if defined(__AVX512BF16__)
    return _mm512_dpbf16_ps(sum, (__m512bh)(vu{} + query), (__m512bh)items);
#else
    sum += __builtin_bit_cast(float, query << 16) * (vf)(items << 16);
    return sum + __builtin_bit_cast(float, query & 0xFFFF0000u) * (vf)(items & 0xFFFF0000u);
#endif
  }
  static KINDRED_INLINE vf finish(const PanelSearch& search, int64_t, int64_t item, vf sum) {
    return search.item_biases ? sum + load(search.item_biases + item) : sum;
  }
};

}  // namespace

void score_bf16(const PanelSearch& search) { score_panel<DotBf16>(search); }

}  // namespace kindred::KINDRED_NAMESPACE
