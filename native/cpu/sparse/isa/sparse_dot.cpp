// Sparse dot products in double: the product of two floats is exact there, so that fused or not, on every instruction
// set, a sum has the same bits.
#include "cpu/runtime/isa/kernel_declarations.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef float half __attribute__((vector_size(KINDRED_VECTOR_BYTES / 2), aligned(4), may_alias));

// Bit i: dots[i] is above the least that matters, i < kDoubles.
KINDRED_INLINE uint64_t above(const double* dots, const ProductBounds& bounds, int64_t at) {
  const vd own = vd{} + bounds.floor;
  vd floors = __builtin_convertvector(*reinterpret_cast<const half*>(bounds.floors + at), vd);
  floors = floors < own ? floors : own;
  const vd over = KINDRED_NAMESPACE::load(dots + at) -
                  floors * (bounds.size * KINDRED_NAMESPACE::load(bounds.sizes + at) + bounds.shrinkage);
#if KINDRED_VECTOR_BYTES == 64
  return _mm512_cmp_pd_mask(reinterpret_cast<__m512d>(over), _mm512_setzero_pd(), _CMP_GT_OQ);
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(over, _mm256_setzero_pd(), _CMP_GT_OQ)));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpgt_pd(over, _mm_setzero_pd())));
#else
  uint64_t mask = 0;
  for (int64_t i = 0; i < kDoubles; ++i) mask |= static_cast<uint64_t>(over[i] > 0) << i;
  return mask;
#endif
}

}  // namespace

void add_products(const WeightedRow* entries, int64_t n, double weight, double* dots) {
  for (int64_t i = 0; i < n; ++i) dots[entries[i].row] += weight * static_cast<double>(entries[i].weight);
}

void similar_products(const double* dots, const ProductBounds& bounds, uint64_t* masks) {
  for (int64_t w = 0; w < kPatterns / 64; ++w) {
    masks[w] = 0;
    for (int64_t i = 0; i < 64; i += kDoubles) masks[w] |= above(dots, bounds, w * 64 + i) << i;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
