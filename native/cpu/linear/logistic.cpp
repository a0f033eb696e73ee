#include "kindred/linear/logistic.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/linear/working_set.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kColumnsPerChunk = 16;
constexpr int64_t kRowsPerChunk = 1024;
constexpr int64_t kLeastTakenIn = 16;
constexpr int kMostSweeps = 1000;  // over one quadratic model
constexpr double kShare = 0.1;     // of the violation before a step, that its quadratic model is solved to
constexpr double kArmijo = 1e-4;
constexpr int kMostHalvings = 40;
constexpr double kLeastCurvature = 1e-12;  // p (1 - p) of rows that are as good as decided

double sigmoid(double margin) {
  if (margin >= 0) return 1 / (1 + std::exp(-margin));
  const double e = std::exp(margin);
  return e / (1 + e);
}

// log(1 + exp(margin)) - target * margin
double row_loss(double margin, double target) {
  return std::max(margin, 0.0) + std::log1p(std::exp(-std::fabs(margin))) - target * margin;
}

class Newton {
 public:
  Newton(LogisticState& state, const LogisticSettings& settings, const AbortFlag* abort)
      : s_(state),
        o_(settings),
        abort_(abort),
        poll_(abort),
        residual_(state.rows),
        curvature_(state.rows),
        moved_(state.rows),
        shift_(state.rows) {}

  LogisticResult solve() {
    add_wanting(std::min(2 * o_.l1 - o_.previous_l1, o_.l1));
    for (int64_t iteration = 0;; ++iteration) {
      write_residual();
      write_gradients(0, s_.known);
      double worst = violation(s_.known);
      if (worst <= o_.tolerance || iteration == o_.iterations) {
        write_gradients(s_.known, s_.cols);
        if (iteration < o_.iterations && add_wanting(o_.l1)) continue;
        worst = violation(s_.cols);
        return {worst, loss(0), s_.intercept, iteration, s_.known, worst <= o_.tolerance};
      }
      solve_model(worst);
      if (!search_line()) {  // rounding is all that is left
        write_gradients(0, s_.cols);
        worst = violation(s_.cols);
        return {worst, loss(0), s_.intercept, iteration + 1, s_.known, worst <= o_.tolerance};
      }
    }
  }

 private:
  // residual_ = p - y, curvature_ = p (1 - p), at the margins as they are.
  void write_residual() {
    parallel_for(s_.rows, kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const double p = sigmoid(s_.margins[r]);
        residual_[r] = p - s_.target[r];
        curvature_[r] = std::max(p * (1 - p), kLeastCurvature);
      }
    });
    intercept_gradient_ = curvature_sum_ = 0;
    for (int64_t r = 0; r < s_.rows; ++r) {
      intercept_gradient_ += residual_[r];
      curvature_sum_ += curvature_[r];
    }
  }

  void write_gradients(int64_t begin, int64_t end) {
    parallel_for(end - begin, kColumnsPerChunk, abort_, [&](int64_t first, int64_t last) {
      for (int64_t p = begin + first; p < begin + last; ++p)
        s_.gradients[p] = kernels().dot_widened(s_.columns + p * s_.rows, residual_.data(), s_.rows);
    });
  }

  // The largest distance of 0 from the subdifferential along one coordinate.
  double violation(int64_t count) const {
    double worst = o_.intercept ? std::fabs(intercept_gradient_) : 0;
    for (int64_t p = 0; p < count; ++p) {
      const double g = s_.gradients[p], w = s_.weights[p];
      worst = std::max(worst, w > 0 ? std::fabs(g + o_.l1) : w < 0 ? std::fabs(g - o_.l1) : std::fabs(g) - o_.l1);
    }
    return worst;
  }

  // The step, steps_ and intercept_step_, that minimises the quadratic model of the objective, up to a share of
  // `worst`.
  void solve_model(double worst) {
    steps_.assign(s_.known, 0.0);
    sizes_.resize(s_.known);
    std::fill(moved_.begin(), moved_.end(), 0.0);
    intercept_step_ = 0;
    parallel_for(s_.known, kColumnsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        sizes_[p] = kernels().weighted_square(s_.columns + p * s_.rows, curvature_.data(), s_.rows);
    });
    const double enough = std::max(kShare * worst, 0.1 * o_.tolerance);
    std::vector<int64_t> all(s_.known), active;
    for (int64_t p = 0; p < s_.known; ++p) all[p] = p;
    for (int sweeps = 0; sweeps < kMostSweeps;) {
      ++sweeps;
      if (sweep(all) <= enough) return;
      active.clear();
      for (const int64_t p : all)
        if (s_.weights[p] + steps_[p] != 0) active.push_back(p);
      while (sweeps++ < kMostSweeps && sweep(active) > enough) {
      }
    }
  }

  // One step along each coordinate. Returns the largest gradient, beyond what the penalty holds, that it met.
  double sweep(const std::vector<int64_t>& places) {
    double largest = 0;
    for (const int64_t p : places) {
      const double size = sizes_[p];
      if (!(size > 0)) continue;
      poll_(s_.rows / 4 + 1);
      const float* const column = s_.columns + p * s_.rows;
      const double gradient = s_.gradients[p] + kernels().dot_widened(column, moved_.data(), s_.rows);
      const double weight = s_.weights[p] + steps_[p], target = size * weight - gradient;
      const double next = target > o_.l1 ? (target - o_.l1) / size : target < -o_.l1 ? (target + o_.l1) / size : 0;
      if (next == weight) continue;
      largest = std::max(largest, std::fabs(next - weight) * size);
      steps_[p] += next - weight;
      kernels().axpy_weighted(next - weight, column, curvature_.data(), moved_.data(), s_.rows);
    }
    if (o_.intercept) {
      double gradient = intercept_gradient_;
      for (int64_t r = 0; r < s_.rows; ++r) gradient += moved_[r];
      largest = std::max(largest, std::fabs(gradient));
      const double step = -gradient / curvature_sum_;
      intercept_step_ += step;
      kernels().axpy_f64(step, curvature_.data(), moved_.data(), s_.rows);
    }
    return largest;
  }

  // Goes along the step as far as the objective falls; false where it does not.
  bool search_line() {
    double slope = intercept_gradient_ * intercept_step_, before = 0;
    for (int64_t p = 0; p < s_.known; ++p) {
      slope += s_.gradients[p] * steps_[p] + o_.l1 * (std::fabs(s_.weights[p] + steps_[p]) - std::fabs(s_.weights[p]));
      before += o_.l1 * std::fabs(s_.weights[p]);
    }
    if (!(slope < 0)) return false;
    parallel_for(s_.rows, kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      std::fill(shift_.begin() + begin, shift_.begin() + end, intercept_step_);
      for (int64_t p = 0; p < s_.known; ++p)
        if (steps_[p] != 0)
          kernels().axpy_widened(steps_[p], s_.columns + p * s_.rows + begin, shift_.data() + begin, end - begin);
    });
    before += loss(0);
    double share = 1;
    for (int halvings = 0; halvings < kMostHalvings; ++halvings, share *= 0.5) {
      double after = loss(share);
      for (int64_t p = 0; p < s_.known; ++p) after += o_.l1 * std::fabs(s_.weights[p] + share * steps_[p]);
      if (after <= before + kArmijo * share * slope + 1e-14 * std::fabs(before)) {
        for (int64_t p = 0; p < s_.known; ++p) s_.weights[p] += share * steps_[p];
        s_.intercept += share * intercept_step_;
        kernels().axpy_f64(share, shift_.data(), s_.margins, s_.rows);
        return true;
      }
    }
    return false;
  }

  // Of the margins `share` of the way along the step.
  double loss(double share) {
    const int64_t chunks = (s_.rows + kRowsPerChunk - 1) / kRowsPerChunk;
    std::vector<double> sums(chunks, 0.0);
    parallel_for(chunks, 1, abort_, [&](int64_t chunk, int64_t) {
      for (int64_t r = chunk * kRowsPerChunk; r < std::min((chunk + 1) * kRowsPerChunk, s_.rows); ++r)
        sums[chunk] += row_loss(s_.margins[r] + (share == 0 ? 0 : share * shift_[r]), s_.target[r]);
    });
    double total = 0;
    for (const double sum : sums) total += sum;
    return total;
  }

  bool add_wanting(double trigger) {
    const double over = std::max(trigger, 0.0);
    const auto places = wanting_places(s_.gradients, s_.known, s_.cols, false, over, over, kLeastTakenIn);
    if (places.empty()) return false;
    take_in(places, s_.known, [&](int64_t a, int64_t b) {
      poll_(s_.rows / 8 + 1);
      std::swap(s_.order[a], s_.order[b]);
      for (double* const each : {s_.weights, s_.gradients}) std::swap(each[a], each[b]);
      std::swap_ranges(s_.columns + a * s_.rows, s_.columns + (a + 1) * s_.rows, s_.columns + b * s_.rows);
    });
    s_.known += static_cast<int64_t>(places.size());
    return true;
  }

  LogisticState& s_;
  const LogisticSettings& o_;
  const AbortFlag* const abort_;
  Poll poll_;
  std::vector<double> residual_, curvature_;  // [rows]
  std::vector<double> moved_;                 // [rows] curvature times what the step adds to the margin
  std::vector<double> shift_;                 // [rows] what the step adds to the margin
  std::vector<double> steps_, sizes_;         // [known]
  double intercept_gradient_ = 0, intercept_step_ = 0, curvature_sum_ = 0;
};

}  // namespace

void logistic_begin(LogisticState& s, const AbortFlag* abort) {
  std::vector<double> residual(s.rows);
  in_steps(s.rows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) residual[r] = sigmoid(s.margins[r]) - s.target[r];
  });
  parallel_for(s.cols, kColumnsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      s.gradients[p] = kernels().dot_widened(s.columns + p * s.rows, residual.data(), s.rows);
  });
}

LogisticResult logistic_l1(LogisticState& state, const LogisticSettings& settings, const AbortFlag* abort) {
  if (!(settings.l1 >= 0)) fail_value("logistic: expected a penalty of at least 0.");
  if (!(settings.previous_l1 >= settings.l1)) fail_value("logistic: expected a path from large penalties to small.");
  if (settings.iterations < 1) fail_value("iterations: expected at least 1.");
  if (state.known < 0 || state.known > state.cols) fail_shape("logistic: expected a state that it left.");
  return Newton(state, settings, abort).solve();
}

void probabilities(float* margins, int64_t n, const AbortFlag* abort) {
  parallel_for(n, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) margins[r] = static_cast<float>(sigmoid(margins[r]));
  });
}

}  // namespace kindred
