// Training of a static encoder on a teacher's sentence vectors.
//
// A static encoder gives a text the weighted sum of its tokens' rows, normalised: u_b = sum over its tokens t of w_t
// e_t, s_b = u_b / |u_b| (the sum and the mean have the same direction). After Model2Vec (Tulkens and van Dongen 2024,
// "Model2Vec: Fast State-of-the-Art Static Embeddings") and SIF weights (Arora, Liang and Ma 2017).
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// The tokens of `texts` texts; a token may come twice in one.
struct TokenBatch {
  const int32_t* indptr;  // [texts + 1]
  const int32_t* tokens;  // [indptr[texts]], rows of the table
  int64_t texts;
};

// With S = s s' and T = t t', t the teacher's vectors, normalised:
//   loss = mean over b of (1 - s_b . t_b) + similarity_weight * mean over b, c of (S_bc - T_bc)^2.
// A text without tokens, or whose sum is zero, has s_b = 0 and no gradient.
struct DistillLoss {
  double cosine;      // the first mean
  double similarity;  // the second mean
};

// Writes d loss / d u [texts, dims] to `gradient`, from `sums` = u [texts, dims] and teacher = t [texts, dims].
DistillLoss distill_gradient(ConstMatrix sums, ConstMatrix teacher, double similarity_weight, Matrix gradient,
                             const AbortFlag* abort);

// Adam (Kingma and Ba 2015), a row at a time: a row without a gradient keeps its value and its moments, and a row's
// bias correction counts its own updates.
struct AdamState {
  Matrix first;      // [rows, dims]
  Matrix second;     // [rows, dims]
  int32_t* updates;  // [rows]
};

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// One step on one batch: table [rows, dims] and state are written in place. token_weights [rows], teacher [texts, dims]
// with rows of norm 1. The same bits for any number of threads. An abort leaves table and state as they were before
// the step, or with some of the batch's rows updated.
// Throws ERR_SHAPE, ERR_VALUE for a token that is no row, ERR_ABORTED.
DistillLoss distill_step(const TokenBatch& batch, ConstMatrix teacher, const float* token_weights,
                         double similarity_weight, const AdamOptions& options, Matrix table, const AdamState& state,
                         const AbortFlag* abort);

}  // namespace kindred
