// Steps of FTRL-Proximal over the entries of a row.
#pragma once

#include <stdint.h>

namespace kindred {

// What all entries of all rows share: 1 / alpha, beta / alpha + l2, l1.
struct FtrlRates {
  float by_alpha, offset, l1;
};

// Of a row, [a multiple of the vector's length that is at least its entries] each: values, weights, n of each weight
// and its root.
struct FtrlScratch {
  float *x, *w, *n, *root;
};

struct LinearKernels {
  // linear/isa/ftrl.cpp: the sum of the weights of `count` entries times their values (1 where null), from state [any,
  // 2], z and n of each weight. Fills the scratch.
  float (*ftrl_sum)(const float* state, const int32_t* cells, const float* values, int64_t count,
                    const FtrlRates& rates, const FtrlScratch& scratch);
  // What the sum left in the scratch, to the steps of these entries: z and n of each cell grow, twice where it comes
  // twice. `deltas` has twice the length of the scratch.
  void (*ftrl_step)(float* state, const int32_t* cells, int64_t count, float error, float by_alpha,
                    const FtrlScratch& scratch, float* deltas);
  // out[i] = the place of index i below `mask` + 1, a power of 2 (kindred/linear/ftrl.h)
  void (*ftrl_places)(const int32_t* indices, int64_t count, uint32_t salt, uint32_t mask, int32_t* out);
};

}  // namespace kindred
