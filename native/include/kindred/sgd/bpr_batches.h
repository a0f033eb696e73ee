// Bayesian personalised ranking by batches of samples, as implementations on tensor libraries train it (for example the
// BPR-MF of He, Deng, Wang, Li, Zhang and Wang 2020, "LightGCN", section 4): a step is of the mean over a batch of
//   -ln sigma(x_u . (y_i - y_j) + b_i - b_j) + regularization / 2 (|x_u|^2 + |y_i|^2 + |y_j|^2 + b_i^2 + b_j^2),
// whose samples all see the factors from before it. With one sample a batch and plain steps it is bpr_epoch's step.
#pragma once

#include "kindred/sgd/sgd.h"

namespace kindred {

// What an optimizer remembers of each number of the model, zeros at first: shapes as in SgdModel, without those of
// users' biases. Adam has both; Adagrad the second alone.
struct SgdMoments {
  Matrix X, Y;
  float* item_bias = nullptr;
};

// One epoch: each stored weight above 0 once, in random order, `options.batch_size` at a time, against an item that the
// user does not have, drawn from the whole catalogue. Epochs count from 1 and follow one another with the same moments.
// Adam's moments decay, and its factors move on, in every step, touched or not, as in tensor libraries: for the rows
// that a batch does not touch, all at once when they are next needed. That sum takes epsilon to decay as they do. The
// same bits for any number of threads. Throws ERR_SHAPE for shapes that do not fit, ERR_VALUE for a batch size under 1
// or an epoch 0, ERR_ABORTED.
SgdLoss bpr_batches(const CsrView& log, const SgdModel& model, const SgdMoments& first, const SgdMoments& second,
                    const SgdOptions& options, const AbortFlag* abort);

}  // namespace kindred
