// First and second derivatives of the loss of each row by its score, in whole units.
#pragma once

#include <cstdint>

#include "cpu/trees/histogram.h"
#include "kindred/trees/booster.h"

namespace kindred::trees {

constexpr int64_t kMostRows = int64_t{1} << 26;  // for which second derivatives have at least 9 bits

// out [rows]. Log loss: p - label and p (1 - p), p the logistic function of the score in float. Squared error (half of
// it): score - label and 1.
Units write_derivatives(Objective objective, const double* scores, const float* labels, int64_t rows, Derivatives* out,
                        const AbortFlag* abort);

}  // namespace kindred::trees
