// Normalisation of rows.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// Layer normalisation (Ba, Kiros, Hinton 2016): y = (x - mean) * rstd * gamma + beta of each row, rstd = 1 /
// sqrt(variance
// + epsilon). x, y [rows, dims]; gamma, beta [dims]; mean, rstd [rows] are kept for the gradient. A row whose variance
// is beyond the largest float becomes NaN.
void layer_norm(ConstMatrix x, const float* gamma, const float* beta, float epsilon, Matrix y, float* mean, float* rstd,
                const AbortFlag* abort);

// dx [rows, dims], dgamma and dbeta [dims] from dy [rows, dims]
void layer_norm_gradient(ConstMatrix x, const float* gamma, const float* mean, const float* rstd, ConstMatrix dy,
                         Matrix dx, float* dgamma, float* dbeta, const AbortFlag* abort);

}  // namespace kindred::nn
