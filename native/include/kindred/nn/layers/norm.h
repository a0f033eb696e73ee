// Normalisation of rows and of columns.
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

// Normalisation by the root of the mean square (Zhang and Sennrich 2019): y = x * rstd * gamma of each row, rstd = 1 /
// sqrt(mean of x^2 + epsilon). x, y [rows, dims]; gamma [dims]; rstd [rows] is kept for the gradient.
void rms_norm(ConstMatrix x, const float* gamma, float epsilon, Matrix y, float* rstd, const AbortFlag* abort);

// dx [rows, dims] and dgamma [dims] from dy [rows, dims]
void rms_norm_gradient(ConstMatrix x, const float* gamma, const float* rstd, ConstMatrix dy, Matrix dx, float* dgamma,
                       const AbortFlag* abort);

// Batch normalisation (Ioffe and Szegedy 2015, algorithm 1): y = (x - mean) * rstd * gamma + beta of each column, rstd
// = 1 / sqrt(variance + epsilon). x, y [rows, cols], at least two rows, else ERR_SHAPE; gamma, beta, mean, rstd [cols].
// unbiased [cols]: the variance with rows - 1 for rows, of which running averages are kept.
void batch_norm(ConstMatrix x, const float* gamma, const float* beta, float epsilon, Matrix y, float* mean, float* rstd,
                float* unbiased, const AbortFlag* abort);

// dx [rows, cols], dgamma and dbeta [cols] from dy [rows, cols]
void batch_norm_gradient(ConstMatrix x, const float* gamma, const float* mean, const float* rstd, ConstMatrix dy,
                         Matrix dx, float* dgamma, float* dbeta, const AbortFlag* abort);

}  // namespace kindred::nn
