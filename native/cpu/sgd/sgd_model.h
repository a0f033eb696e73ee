// What the two losses of stochastic gradient descent share.
#pragma once

#include <string>
#include <vector>

#include "cpu/sgd/sgd_kernels.h"
#include "kindred/runtime/error.h"
#include "kindred/sgd/sgd.h"

namespace kindred {

// Factors of `users` users and `items` items, as many for each.
inline void check_sgd_factors(int64_t users, int64_t items, const SgdModel& model) {
  const Matrix &X = model.X, &Y = model.Y;
  if (X.rows != users || Y.rows != items || X.cols != Y.cols || X.stride != X.cols || Y.stride != Y.cols)
    fail_shape("expected contiguous factors [" + std::to_string(users) + ", f] and [" + std::to_string(items) +
               ", f] but received [" + std::to_string(X.rows) + ", " + std::to_string(X.cols) + "] and [" +
               std::to_string(Y.rows) + ", " + std::to_string(Y.cols) + "].");
  if (X.cols % kSgdLane != 0)
    fail_shape("expected a multiple of " + std::to_string(kSgdLane) + " factors but received " +
               std::to_string(X.cols) + ".");
}

inline void check_sgd_shapes(const CsrView& log, const SgdModel& model) {
  check_sgd_factors(log.rows, log.cols, model);
}

inline void check_sgd_items(const CsrView& columns, const int32_t* items, const SgdModel& model) {
  check_sgd_factors(columns.cols, model.Y.rows, model);
  for (int64_t c = 0; c < columns.rows; ++c)
    if (items[c] < 0 || items[c] >= model.Y.rows) fail_shape("expected items among the rows of factors.");
}

inline void check_sgd_batches(const SgdOptions& options) {
  for (const int64_t count : {options.batch_size, options.batches})
    if (count < 1) fail_value("batchSize, batches: expected at least 1 but received " + std::to_string(count) + ".");
}

inline SgdTarget sgd_target(const SgdModel& model, const SgdOptions& options) {
  return {model.X.data, model.Y.data,          model.user_bias,       model.item_bias,
          model.X.cols, options.learning_rate, options.regularization};
}

inline void operator+=(SgdLoss& sum, const SgdLoss& part) {
  sum.total += part.total;
  sum.samples += part.samples;
}

inline SgdLoss sum_losses(const std::vector<SgdLoss>& losses) {
  SgdLoss out;
  for (const SgdLoss& loss : losses) out += loss;
  return out;
}

}  // namespace kindred
