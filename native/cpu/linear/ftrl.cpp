#include "kindred/linear/ftrl.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/large_pages.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 512;
constexpr int64_t kFactors = 64;    // of a product whose logarithm is taken
constexpr int64_t kHashedRows = 8;  // more than are fetched ahead
constexpr int64_t kAhead = 4;       // rows whose weights are fetched meanwhile

// What a row needs of memory, in whole vectors of any instruction set: arrays [most entries of a row], so that its
// loops are over what lies together.
class Scratch {
 public:
  Scratch(int64_t entries, int64_t dims)
      : v(entries * dims),
        squares(entries * dims),
        sums(dims),
        length_((entries + 15) / 16 * 16),
        memory_(6 * length_) {}
  FtrlScratch of_weights() {
    float* const own = memory_.data();
    return {own, own + length_, own + 2 * length_, own + 3 * length_};
  }
  float* deltas() { return memory_.data() + 4 * length_; }

  std::vector<float> v, squares, sums;

 private:
  int64_t length_;
  std::vector<float> memory_;
};

// Most entries of a row.
int64_t check_offsets(const int32_t* offsets, int64_t rows, const AbortFlag* abort) {
  if (offsets[0] != 0) fail_shape("offsets: expected the first to be 0.");
  int64_t most = 0;
  in_steps(rows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (offsets[r + 1] < offsets[r]) fail_shape("offsets: expected them to ascend.");
      most = std::max<int64_t>(most, offsets[r + 1] - offsets[r]);
    }
  });
  return most;
}

void check_cells(const int32_t* cells, int64_t count, int64_t most, const AbortFlag* abort) {
  in_steps(count, abort, [&](int64_t begin, int64_t end) {
    const auto limit = static_cast<uint32_t>(most);
    // The sign of a cell, and of what is left above it: a loop without a comparison, in vectors of any machine.
    uint32_t signs = 0;
    for (int64_t e = begin; e < end; ++e) {
      const auto cell = static_cast<uint32_t>(cells[e]);
      signs |= cell | (limit - 1 - cell);
    }
    if (static_cast<int32_t>(signs) >= 0) return;
    const int32_t* const wrong =
        std::find_if(cells + begin, cells + end, [&](int32_t cell) { return static_cast<uint32_t>(cell) >= limit; });
    fail_shape("cells: expected numbers below " + std::to_string(most) + " but one is " + std::to_string(*wrong) + ".");
  });
}

// Most entries of a row.
int64_t check(const FtrlRows& rows, int64_t cells, const AbortFlag* abort) {
  const int64_t most = check_offsets(rows.offsets, rows.rows, abort);
  if (!rows.is_hashed)
    check_cells(rows.cells, rows.offsets[rows.rows], cells, abort);
  else if (cells < 1 || (cells & (cells - 1)) != 0)
    fail_shape("cells: expected a power of 2 of them.");
  return most;
}

// Algorithm 1, the line of w_{t,i}.
inline float weight(float z, float n, float beta_by_alpha_and_l2, float by_alpha, float l1) {
  const float shrunk = std::fabs(z) - l1;
  const float w = std::copysign(shrunk, -z) / (beta_by_alpha_and_l2 + std::sqrt(n) * by_alpha);
  return shrunk > 0 ? w : 0.0f;
}

class Learner {
 public:
  Learner(const FtrlRows& rows, const FtrlState& state, const FtrlSettings& settings, int64_t most)
      : rows_(rows),
        state_(state),
        rates_{1 / settings.alpha, settings.beta / settings.alpha + settings.l2, settings.l1},
        bias_offset_(settings.beta / settings.alpha),
        scratch_(most, state.dims),
        of_weights_(scratch_.of_weights()),
        most_(most),
        hashed_(rows.is_hashed ? kHashedRows * most : 0) {
    std::fill_n(hashed_rows_, kHashedRows, int64_t{-1});
  }

  // Leaves what the step needs in the scratch memory.
  double logit(int64_t row) {
    const int64_t begin = rows_.offsets[row], count = rows_.offsets[row + 1] - begin;
    const int32_t* const cells = cells_of(row);
    const float* const bias = state_.weights + 2 * state_.cells;
    bias_ = weight(bias[0], bias[1], bias_offset_, rates_.by_alpha, 0);
    const double sum = bias_ + kernels_.ftrl_sum(state_.weights, cells, rows_.values ? rows_.values + begin : nullptr,
                                                 count, rates_, of_weights_);
    return state_.dims == 0 ? sum : sum + pairs(cells, count);
  }

  void step(int64_t row, float error) {
    const int64_t count = rows_.offsets[row + 1] - rows_.offsets[row];
    const int32_t* const cells = cells_of(row);
    kernels_.ftrl_step(state_.weights, cells, count, error, rates_.by_alpha, of_weights_, scratch_.deltas());
    float* const bias = state_.weights + 2 * state_.cells;
    bias[0] += error - (std::sqrt(bias[1] + error * error) - std::sqrt(bias[1])) * rates_.by_alpha * bias_;
    bias[1] += error * error;
    if (state_.dims > 0) step_factors(cells, count, error);
  }

  // Begins to read the weights of a row that comes soon.
  void prefetch(int64_t row) {
    if (row >= rows_.rows) return;
    const int32_t* const cells = cells_of(row);
    for (int64_t e = 0; e < rows_.offsets[row + 1] - rows_.offsets[row]; ++e)
      __builtin_prefetch(state_.weights + 2 * static_cast<int64_t>(cells[e]), 1);
  }

 private:
  // Of the rows from this one on that are fetched ahead, hashed cells stay.
  const int32_t* cells_of(int64_t row) {
    const int64_t begin = rows_.offsets[row];
    if (!rows_.is_hashed) return rows_.cells + begin;
    int32_t* const own = hashed_.data() + row % kHashedRows * most_;
    if (hashed_rows_[row % kHashedRows] != row) {
      kernels_.ftrl_places(rows_.cells + begin, rows_.offsets[row + 1] - begin, rows_.salt,
                           static_cast<uint32_t>(state_.cells - 1), own);
      hashed_rows_[row % kHashedRows] = row;
    }
    return own;
  }

  // Sum over pairs of entries of the products of their factors (Rendle 2010, lemma 3.1).
  double pairs(const int32_t* cells, int64_t count) {
    const int64_t dims = state_.dims;
    float* const sums = scratch_.sums.data();
    std::fill_n(sums, dims, 0.0f);
    double squares = 0;
    for (int64_t e = 0; e < count; ++e) {
      const float* const z = state_.factors + 2 * dims * cells[e];
      const float x = of_weights_.x[e];
      float* const v = scratch_.v.data() + e * dims;
      float own = 0;
      for (int64_t f = 0; f < dims; ++f) {
        v[f] = weight(z[f], z[dims + f], rates_.offset, rates_.by_alpha, 0);
        sums[f] += v[f] * x;
        own += v[f] * x * (v[f] * x);
      }
      squares += own;
    }
    double total = 0;
    for (int64_t f = 0; f < dims; ++f) total += static_cast<double>(sums[f]) * sums[f];
    return 0.5 * (total - squares);
  }

  // A cell that comes twice in the row takes both gradients, each with n as it was before the row.
  void step_factors(const int32_t* cells, int64_t count, float error) {
    const int64_t dims = state_.dims;
    const float* const sums = scratch_.sums.data();
    // All steps before any is taken: v becomes that of z, and the squares go to where they belong afterwards.
    for (int64_t e = 0; e < count; ++e) {
      const float* const n = state_.factors + 2 * dims * cells[e] + dims;
      float* const v = scratch_.v.data() + e * dims;
      float* const square = scratch_.squares.data() + e * dims;
      const float x = of_weights_.x[e];
      for (int64_t f = 0; f < dims; ++f) {
        const float g = error * x * (sums[f] - v[f] * x);
        square[f] = g * g;
        v[f] = g - (std::sqrt(n[f] + square[f]) - std::sqrt(n[f])) * rates_.by_alpha * v[f];
      }
    }
    for (int64_t e = 0; e < count; ++e) {
      float* const z = state_.factors + 2 * dims * cells[e];
      const float* const v = scratch_.v.data() + e * dims;
      const float* const square = scratch_.squares.data() + e * dims;
      for (int64_t f = 0; f < dims; ++f) {
        z[f] += v[f];
        z[dims + f] += square[f];
      }
    }
  }

  const FtrlRows& rows_;
  const FtrlState& state_;
  const FtrlRates rates_;
  const float bias_offset_;
  float bias_ = 0;
  Scratch scratch_;
  const FtrlScratch of_weights_;
  const int64_t most_;
  std::vector<int32_t> hashed_;       // [kHashedRows, most_]
  int64_t hashed_rows_[kHashedRows];  // which row each of them is
  const LinearKernels& kernels_ = kernels().linear;
};

[[noreturn]] void fail_not_finite(int64_t row) {
  throw Error("ERR_NOT_FINITE", "The prediction of row " + std::to_string(row) +
                                    " is no finite number: its values are too large. Scale them, or lower alpha.");
}

}  // namespace

double ftrl_learn(const FtrlRows& rows, const float* labels, FtrlState& state, const FtrlSettings& settings,
                  const AbortFlag* abort) {
  Learner learner(rows, state, settings, check(rows, state.cells, abort));
  Poll poll(abort);
  double loss = 0, product = 1;
  for (int64_t r = 0; r < rows.rows; ++r) {
    poll((rows.offsets[r + 1] - rows.offsets[r] + 1) * (8 + 4 * state.dims));
    learner.prefetch(r + kAhead);
    const double logit = learner.logit(r);
    if (!std::isfinite(logit)) fail_not_finite(r);
    // One exponential gives the probability and ln(1 + e^-m) of the margin m, without overflow.
    const float small = std::exp(-std::fabs(static_cast<float>(logit)));
    const float p = (logit < 0 ? small : 1) / (1 + small);
    // The logarithm of a product is the sum of the logarithms; a factor is at most 2.
    product *= 1 + small;
    if (r % kFactors == kFactors - 1) loss += std::log(std::exchange(product, 1));
    loss += std::max(labels[r] > 0 ? -logit : logit, 0.0);
    learner.step(r, p - labels[r]);
  }
  return loss + std::log(product);
}

void ftrl_follow(const FtrlState& from, const int32_t* cells, int64_t count, FtrlState& state, const AbortFlag* abort) {
  const int64_t width = 2 * state.dims;
  std::copy_n(from.weights + 2 * from.cells, 2, state.weights + 2 * from.cells);
  if (!cells) {
    wish_large(state.weights, 2 * (state.cells + 1) * sizeof(float));
    wish_large(state.factors, width * state.cells * sizeof(float));
    return in_steps(from.cells, abort, [&](int64_t begin, int64_t end) {
      std::copy(from.weights + 2 * begin, from.weights + 2 * end, state.weights + 2 * begin);
      std::copy(from.factors + width * begin, from.factors + width * end, state.factors + width * begin);
    });
  }
  check_cells(cells, count, from.cells, abort);
  Poll poll(abort);
  for (int64_t i = 0; i < count; ++i) {
    poll(1 + width);
    const int64_t cell = cells[i];
    std::copy_n(from.weights + 2 * cell, 2, state.weights + 2 * cell);
    std::copy_n(from.factors + width * cell, width, state.factors + width * cell);
  }
}

FtrlMet ftrl_hash(const FtrlFeatures& features, const float* weights, int32_t* next, int64_t length, int32_t* cells,
                  float* values, const AbortFlag* abort) {
  check_offsets(features.offsets, features.rows, abort);
  FtrlMet met;
  Poll poll(abort);
  for (int64_t r = 0; r < features.rows; ++r) {
    const int64_t begin = features.offsets[r], count = features.offsets[r + 1] - begin;
    const int64_t at = next[r], entries = std::max<int64_t>(1, count);
    poll(entries);
    if (at < 0 || at > length - entries)
      fail_shape("next: expected room for the entries of row " + std::to_string(r) + ".");
    next[r] += static_cast<int32_t>(entries);
    if (count == 0) {
      ++met.missing;
      cells[at] = features.missing;
      if (values) values[at] = 1;
      continue;
    }
    kernels().linear.ftrl_places(features.indices + begin, count, features.salt,
                                 static_cast<uint32_t>(features.cells - 1), cells + at);
    const float* const given = features.values + begin;
    // Numbers that are not finite make a difference that is no number.
    float differences = 0;
    for (int64_t e = 0; e < count; ++e) differences += given[e] - given[e];
    if (differences != 0 && met.wrong < 0) met.wrong = r;
    if (values) std::copy_n(given, count, values + at);
    if (weights)
      for (int64_t e = 0; e < count; ++e) met.unseen += weights[2 * static_cast<int64_t>(cells[at + e]) + 1] == 0;
  }
  return met;
}

void ftrl_predict(const FtrlRows& rows, const FtrlState& state, const FtrlSettings& settings, float* out,
                  const AbortFlag* abort) {
  const int64_t most = check(rows, state.cells, abort);
  parallel_for(rows.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    Learner learner(rows, state, settings, most);
    for (int64_t r = begin; r < end; ++r) {
      learner.prefetch(std::min(r + kAhead, end - 1));
      const double logit = learner.logit(r);
      if (!std::isfinite(logit)) fail_not_finite(r);
      out[r] = static_cast<float>(1 / (1 + std::exp(-logit)));
    }
  });
}

}  // namespace kindred
