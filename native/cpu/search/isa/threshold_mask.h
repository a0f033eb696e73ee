// Which lanes of a vector are not at most a threshold, as bits; NaN on either side sets the bit.
#pragma once

#include "cpu/runtime/isa/simd.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

KINDRED_INLINE uint64_t beyond(vf scores, vf thresholds) {
#if KINDRED_VECTOR_BYTES == 64
  return _mm512_cmp_ps_mask(scores, thresholds, _CMP_NLE_UQ);
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(scores, thresholds, _CMP_NLE_UQ)));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps(_mm_cmpnle_ps(scores, thresholds)));
#else
  uint64_t mask = 0;
  for (int i = 0; i < kFloats; ++i) mask |= static_cast<uint64_t>(!(scores[i] <= thresholds[i])) << i;
  return mask;
#endif
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE
