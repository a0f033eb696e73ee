// Which scores of codes rule an f32 score out.
#pragma once

#include "cuda/search/codes.h"

namespace kindred::cuda {

// An item whose score of codes is at most this cannot have an f32 score above `wanted`, in the metric's scale; NaN:
// nothing is ruled out. The proof is that of CodesBand::lowered (cpu/search/codes_band.cpp), with other roundings: an
// mma adds up to 16 products and the sum so far, each cut to the bits of the largest, 2^-23 of it or better, and cuts
// the result (Fasi, Higham, Mikaitis and Pranesh 2021, "Numerical behavior of NVIDIA tensor cores"): for each 4
// products or more, at most 2 + 4 errors of 2^-23 of the sum of magnitudes, 3 dims 2^-24 in all. The f32 score has dims
// 2^-24, its scaling a few more; 8 dims + 64 is twice that.
//
// norm: of the query, f32; query: of its codes; items: the largest of the rows in question; exact: rows are f32 ones.
KINDRED_DEVICE float lowered(float wanted_score, int32_t metric, bool exact, int64_t dims, double norm,
                             const CodeBounds& query, const CodeBounds& items) {
  const double wanted = wanted_score;
  if (is_nan(wanted)) return wanted_score;
  const double item_norm = items.norm + items.error, n = static_cast<double>(dims);
  const double roundings = (8 * n + 64) * 0x1p-24;
  const float nothing = float_of(0x7FC00000u);
  if (roundings > 0.5 || norm * item_norm + items.bias > 1e37 || norm > 1e18 || item_norm > 1e18) return nothing;
  const double gamma = roundings / (1 - roundings);

  double error = 0;
  if (exact)
    error = norm * items.error + query.error * items.norm +
            gamma * (norm * item_norm + query.norm * items.norm + items.bias) + n * 0x1p-120;
  double least = wanted;
  if (metric == KINDRED_CUDA_EUCLIDEAN) {
    const double square = wanted * wanted * (1 + 2 * gamma) + n * 0x1p-120;
    least = (norm * norm - square) / 2;
    error += 0x1p-45 * (norm * norm + square);
  }
  const double bound = least - error * (1 + 0x1p-40);
  return nextafterf(static_cast<float>(bound), -float_of(0x7F800000u));
}

}  // namespace kindred::cuda
