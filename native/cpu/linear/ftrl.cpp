#include "kindred/linear/ftrl.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 512;

// What a row needs of memory: arrays [most entries of a row], so that its loops are over what lies together.
struct Scratch {
  Scratch(int64_t entries, int64_t dims)
      : x(entries), w(entries), z(entries), n(entries), v(entries * dims), sums(dims) {}
  std::vector<float> x, w, z, n, v, sums;
};

// Most entries of a row.
int64_t check(const FtrlRows& rows, int64_t cells, const AbortFlag* abort) {
  Poll poll(abort);
  int64_t most = 0;
  if (rows.offsets[0] != 0) fail_shape("offsets: expected the first to be 0.");
  for (int64_t r = 0; r < rows.rows; ++r) {
    poll();
    if (rows.offsets[r + 1] < rows.offsets[r]) fail_shape("offsets: expected them to ascend.");
    most = std::max<int64_t>(most, rows.offsets[r + 1] - rows.offsets[r]);
  }
  in_steps(rows.offsets[rows.rows], abort, [&](int64_t begin, int64_t end) {
    int32_t least = 0, largest = 0;
    for (int64_t e = begin; e < end; ++e) {
      least = std::min(least, rows.cells[e]);
      largest = std::max(largest, rows.cells[e]);
    }
    if (least < 0 || largest >= cells)
      fail_shape("cells: expected numbers below " + std::to_string(cells) + " but one is " +
                 std::to_string(least < 0 ? least : largest) + ".");
  });
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
        by_alpha_(1 / settings.alpha),
        offset_(settings.beta / settings.alpha + settings.l2),
        l1_(settings.l1),
        bias_offset_(settings.beta / settings.alpha),
        scratch_(most, state.dims) {}

  // Leaves what the step needs in the scratch memory.
  double logit(int64_t row) {
    const int64_t begin = rows_.offsets[row], count = rows_.offsets[row + 1] - begin;
    const int32_t* const cells = rows_.cells + begin;
    float* const x = scratch_.x.data();
    float* const w = scratch_.w.data();
    float* const z = scratch_.z.data();
    float* const n = scratch_.n.data();
    for (int64_t e = 0; e < count; ++e) {
      z[e] = state_.weights[2 * static_cast<int64_t>(cells[e])];
      n[e] = state_.weights[2 * static_cast<int64_t>(cells[e]) + 1];
      x[e] = rows_.values ? rows_.values[begin + e] : 1.0f;
    }
    for (int64_t e = 0; e < count; ++e) w[e] = weight(z[e], n[e], offset_, by_alpha_, l1_);
    const float* const bias = state_.weights + 2 * state_.cells;
    bias_ = weight(bias[0], bias[1], bias_offset_, by_alpha_, 0);
    double sum = bias_;
    for (int64_t e = 0; e < count; ++e) sum += static_cast<double>(w[e]) * x[e];
    return state_.dims == 0 ? sum : sum + pairs(cells, count);
  }

  void step(int64_t row, float error) {
    const int64_t begin = rows_.offsets[row], count = rows_.offsets[row + 1] - begin;
    const int32_t* const cells = rows_.cells + begin;
    const float* const x = scratch_.x.data();
    float* const w = scratch_.w.data();
    float* const n = scratch_.n.data();
    for (int64_t e = 0; e < count; ++e) {
      const float g = error * x[e], square = g * g;
      w[e] = g - (std::sqrt(n[e] + square) - std::sqrt(n[e])) * by_alpha_ * w[e];
      n[e] = square;
    }
    for (int64_t e = 0; e < count; ++e) {
      state_.weights[2 * static_cast<int64_t>(cells[e])] += w[e];
      state_.weights[2 * static_cast<int64_t>(cells[e]) + 1] += n[e];
    }
    float* const bias = state_.weights + 2 * state_.cells;
    bias[0] += error - (std::sqrt(bias[1] + error * error) - std::sqrt(bias[1])) * by_alpha_ * bias_;
    bias[1] += error * error;
    if (state_.dims > 0) step_factors(cells, count, error);
  }

 private:
  // Sum over pairs of entries of the products of their factors (Rendle 2010, lemma 3.1).
  double pairs(const int32_t* cells, int64_t count) {
    const int64_t dims = state_.dims;
    float* const sums = scratch_.sums.data();
    std::fill_n(sums, dims, 0.0f);
    double squares = 0;
    for (int64_t e = 0; e < count; ++e) {
      const float* const z = state_.factors + 2 * dims * cells[e];
      const float x = scratch_.x[e];
      float* const v = scratch_.v.data() + e * dims;
      float own = 0;
      for (int64_t f = 0; f < dims; ++f) {
        v[f] = weight(z[f], z[dims + f], offset_, by_alpha_, 0);
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
    squares_.resize(count * dims);
    for (int64_t e = 0; e < count; ++e) {
      const float* const n = state_.factors + 2 * dims * cells[e] + dims;
      float* const v = scratch_.v.data() + e * dims;
      float* const square = squares_.data() + e * dims;
      const float x = scratch_.x[e];
      for (int64_t f = 0; f < dims; ++f) {
        const float g = error * x * (sums[f] - v[f] * x);
        square[f] = g * g;
        v[f] = g - (std::sqrt(n[f] + square[f]) - std::sqrt(n[f])) * by_alpha_ * v[f];
      }
    }
    for (int64_t e = 0; e < count; ++e) {
      float* const z = state_.factors + 2 * dims * cells[e];
      const float* const v = scratch_.v.data() + e * dims;
      const float* const square = squares_.data() + e * dims;
      for (int64_t f = 0; f < dims; ++f) {
        z[f] += v[f];
        z[dims + f] += square[f];
      }
    }
  }

  const FtrlRows& rows_;
  const FtrlState& state_;
  const float by_alpha_, offset_, l1_, bias_offset_;
  float bias_ = 0;
  Scratch scratch_;
  std::vector<float> squares_;
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
  double loss = 0;
  for (int64_t r = 0; r < rows.rows; ++r) {
    poll((rows.offsets[r + 1] - rows.offsets[r] + 1) * (8 + 4 * state.dims));
    const double logit = learner.logit(r);
    if (!std::isfinite(logit)) fail_not_finite(r);
    const double p = 1 / (1 + std::exp(-logit));
    // ln(1 + e^-m) of the margin m, without overflow
    const double margin = labels[r] > 0 ? logit : -logit;
    loss += std::log1p(std::exp(-std::fabs(margin))) + std::max(-margin, 0.0);
    learner.step(r, static_cast<float>(p - labels[r]));
  }
  return loss;
}

void ftrl_predict(const FtrlRows& rows, const FtrlState& state, const FtrlSettings& settings, float* out,
                  const AbortFlag* abort) {
  const int64_t most = check(rows, state.cells, abort);
  parallel_for(rows.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    Learner learner(rows, state, settings, most);
    for (int64_t r = begin; r < end; ++r) {
      const double logit = learner.logit(r);
      if (!std::isfinite(logit)) fail_not_finite(r);
      out[r] = static_cast<float>(1 / (1 + std::exp(-logit)));
    }
  });
}

}  // namespace kindred
