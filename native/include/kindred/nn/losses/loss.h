// Losses: means over what counts, and their gradients.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// The softmax of each row [rows, classes]; out may be x.
void softmax_rows(ConstMatrix x, Matrix out, const AbortFlag* abort);

// Its logarithm, exact where the softmax itself is 0; and the gradients of both from y and dy.
void log_softmax_rows(ConstMatrix x, Matrix out, const AbortFlag* abort);
void softmax_rows_gradient(ConstMatrix y, ConstMatrix dy, Matrix dx, const AbortFlag* abort);
void log_softmax_rows_gradient(ConstMatrix y, ConstMatrix dy, Matrix dx, const AbortFlag* abort);

// The mean over the rows whose label is not negative of -ln softmax(logits)[label]; 0 where there is none. ERR_VALUE
// for a label that is no class.
float cross_entropy(ConstMatrix logits, const int32_t* labels, const AbortFlag* abort);

// dlogits [rows, classes] of cross_entropy, times dloss
void cross_entropy_gradient(ConstMatrix logits, const int32_t* labels, float dloss, Matrix dlogits,
                            const AbortFlag* abort);

// The mean over [n] of the cross-entropy of sigmoid(logits) with targets in [0, 1]; 0 where n is 0.
float binary_cross_entropy(const float* logits, const float* targets, int64_t n, const AbortFlag* abort);
void binary_cross_entropy_gradient(const float* logits, const float* targets, int64_t n, float dloss, float* dlogits,
                                   const AbortFlag* abort);

// The mean over [n] of (x - targets)^2; 0 where n is 0.
float squared_error(const float* x, const float* targets, int64_t n, const AbortFlag* abort);
void squared_error_gradient(const float* x, const float* targets, int64_t n, float dloss, float* dx,
                            const AbortFlag* abort);

}  // namespace kindred::nn
