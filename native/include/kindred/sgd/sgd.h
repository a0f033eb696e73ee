// Matrix factorisation by stochastic gradient descent, on pairs of items (BPR) and on ratings. One call is one epoch:
// each stored weight once, in an order that `seed` and `epoch` decide.
//
// The same bits for any number of threads: users and items fall at random into as many blocks as the log's size allows;
// at a time, only cells that share neither a block of users nor one of items are worked on (Gemulla, Nijkamp, Haas and
// Sismanis 2011, "Large-scale matrix factorization with distributed stochastic gradient descent", section 4).
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sgd/optimizer.h"

namespace kindred {

constexpr int64_t kSgdLane = 16;  // factors come padded with zeros to a multiple of this

struct SgdOptions {
  float learning_rate = 0.05f;
  float regularization = 0.01f;
  uint64_t seed = 0;
  uint64_t epoch = 0;
  bool popular_negatives = false;  // BPR: drawn by popularity instead of uniformly
  bool lock_free = false;          // cells that share factors run at the same time and may lose steps; not repeatable
  int epochs = 1;                  // of a fold-in
  Optimizer optimizer = Optimizer::sgd;
  int64_t batch_size = 1;  // samples of a step; more than 1, and optimizers but sgd, are for bpr_batches and fold-ins
  int64_t batches = 1;     // of a fold-in of batches: how many an epoch of the fit has
  // [items] how often each is in the log, for a fold-in with popular_negatives; null: each as likely
  const int32_t* popularity = nullptr;
};

// Factors [users, width] and [items, width], biases [users] and [items]; those of users may be null for BPR.
struct SgdModel {
  Matrix X, Y;
  float* user_bias = nullptr;
  float* item_bias = nullptr;
};

// What a sum of losses is over.
struct SgdLoss {
  double total = 0;
  int64_t samples = 0;
};

// Bayesian personalised ranking (Rendle, Freudenthaler, Gantner and Schmidt-Thieme 2009, "BPR: Bayesian personalized
// ranking from implicit feedback", figure 4): each stored weight above 0 is a user's preference for its item over one
// that they have not, drawn among the items of the same block, which are others in each epoch. Loss: -ln sigma of the
// difference. Throws ERR_SHAPE for shapes that do not fit or a width that is no multiple of kSgdLane.
SgdLoss bpr_epoch(const CsrView& log, const SgdModel& model, const SgdOptions& options, const AbortFlag* abort);

// The same with items fixed, for the rows of X alone.
SgdLoss bpr_fold_in_users(const CsrView& log, const SgdModel& model, const SgdOptions& options, const AbortFlag* abort);

// The same with everything fixed but `items` [count], rows of Y: each is preferred by its users in `columns`
// [count, users], and yields to items of others in `log` as often as an average item does.
SgdLoss bpr_fold_in_items(const CsrView& log, const CsrView& columns, const int32_t* items, const SgdModel& model,
                          const SgdOptions& options, const AbortFlag* abort);

// Ratings (Koren, Bell and Volinsky 2009, "Matrix factorization techniques for recommender systems", equation 4):
// mean + user_bias + item_bias + x . y; loss: squared error. Otherwise as above.
SgdLoss rating_epoch(const CsrView& log, float mean, const SgdModel& model, const SgdOptions& options,
                     const AbortFlag* abort);

// The same for rows of X and user_bias alone, items fixed; and for `items` of Y with users fixed, ratings in `columns`.
SgdLoss rating_fold_in_users(const CsrView& log, float mean, const SgdModel& model, const SgdOptions& options,
                             const AbortFlag* abort);
SgdLoss rating_fold_in_items(const CsrView& columns, const int32_t* items, float mean, const SgdModel& model,
                             const SgdOptions& options, const AbortFlag* abort);

}  // namespace kindred
