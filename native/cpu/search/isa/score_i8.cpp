// Scores of int8 codes against one panel: a word holds four dimensions, queries signed, items as unsigned bytes. The
// sums of products are exact.
#include "cpu/runtime/isa/kernel_declarations.h"
#include "cpu/search/isa/score_panel.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

KINDRED_INLINE vi dot_of_four(vi sum, uint32_t query, vu items) {
#if defined(__AVX512VNNI__)
  return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)items, (__m512i)(vu{} + query));
#elif defined(__AVX512BW__) || defined(__AVX2__) || defined(__SSE2__)
  // Bytes 0 and 2, then 1 and 3, as pairs of 16-bit numbers.
  const uint32_t low = (static_cast<uint32_t>(static_cast<int8_t>(query)) & 0xFFFFu) |
                       (static_cast<uint32_t>(static_cast<int8_t>(query >> 16)) << 16);
  const uint32_t high = (static_cast<uint32_t>(static_cast<int8_t>(query >> 8)) & 0xFFFFu) |
                        (static_cast<uint32_t>(static_cast<int8_t>(query >> 24)) << 16);
  const vu x = items & 0x00FF00FFu, y = (items >> 8) & 0x00FF00FFu;
#if KINDRED_VECTOR_BYTES == 64
  return sum + (vi)_mm512_madd_epi16((__m512i)x, (__m512i)(vu{} + low)) +
         (vi)_mm512_madd_epi16((__m512i)y, (__m512i)(vu{} + high));
#elif KINDRED_VECTOR_BYTES == 32
  return sum + (vi)_mm256_madd_epi16((__m256i)x, (__m256i)(vu{} + low)) +
         (vi)_mm256_madd_epi16((__m256i)y, (__m256i)(vu{} + high));
#else
  return sum + (vi)_mm_madd_epi16((__m128i)x, (__m128i)(vu{} + low)) +
         (vi)_mm_madd_epi16((__m128i)y, (__m128i)(vu{} + high));
#endif
#else
  for (int shift = 0; shift < 32; shift += 8)
    sum += (vi)(items >> shift & 0xFFu) * static_cast<int32_t>(static_cast<int8_t>(query >> shift));
  return sum;
#endif
}

struct DotI8 {
  using Sum = vi;
  static KINDRED_INLINE vi start(const PanelSearch& search, int64_t q) { return vi{} + search.query_starts[q]; }
  static KINDRED_INLINE vi step(vi sum, uint32_t query, vu items) { return dot_of_four(sum, query, items); }
  static KINDRED_INLINE vf finish(const PanelSearch& search, int64_t q, int64_t item, vi sum) {
    const vf scores = __builtin_convertvector(sum, vf) * (search.query_scales[q] * load(search.item_scales + item));
    return search.item_biases ? scores + load(search.item_biases + item) : scores;
  }
};

}  // namespace

void score_i8(const PanelSearch& search) { score_panel<DotI8>(search); }

}  // namespace kindred::KINDRED_NAMESPACE
