#include "kindred/linear/elastic_net.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/linear/elastic_net_objective.h"
#include "cpu/linear/extrapolation.h"
#include "cpu/linear/gram_rows.h"
#include "cpu/linear/working_set.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kColumnsPerChunk = 16;
constexpr int64_t kRowsPerChunk = 1024;
constexpr int64_t kGradientsPerChunk = 512;
constexpr int64_t kLeastTakenIn = 64;  // a few rows of the Gram matrix cost as much as one: all columns are read
constexpr double kFill = 0.5;          // with those that violate l1 come others over this share of it
constexpr int kMostRefinements = 8;
constexpr double kShareOfGap = 0.3;  // of the gap asked for, that columns with a weight are solved to before the others

class Descent {
 public:
  Descent(ElasticNetState& state, const ElasticNetSettings& settings, const AbortFlag* abort)
      : s_(state),
        o_(settings),
        abort_(abort),
        poll_(abort),
        threshold_(settings.tolerance * state.target_square),
        applied_(state.weights, state.weights + state.known),
        left_(settings.iterations),
        step_tolerance_(std::min(settings.tolerance, 1e-4)) {}

  ElasticNetResult solve() {
    if (!s_.gram) {
      const double strong = std::min(2 * o_.l1 - o_.previous_l1, o_.l1);
      add_wanting(strong, strong);
    } else {
      add_wanting(o_.l1, kFill * o_.l1);
    }
    for (int refinements = 0;;) {
      const bool settled = sweep_known();
      write_other_gradients();
      if (add_wanting(o_.l1, s_.gram ? kFill * o_.l1 : o_.l1) && left_ > 0) continue;
      if (s_.gram && o_.refine && settled && refinements++ < kMostRefinements) {
        write_gradients_from_columns();
        if (add_wanting(o_.l1, kFill * o_.l1)) continue;
        if (gap_of(s_.known) > threshold_) {
          step_tolerance_ *= 0.1;
          continue;
        }
      }
      const double gap = gap_of(s_.cols);
      return {gap, o_.iterations - left_, s_.known, gap <= threshold_ || (settled && stuck_)};
    }
  }

 private:
  // Sweeps until the gap over the known columns is small enough; false where that takes more than there are left. The
  // gap is looked at once steps have become short, from then on after every sweep over all known columns.
  bool sweep_known() {
    stuck_ = false;
    for (bool was_calm = false;;) {
      if (left_ == 0) return false;
      places_.resize(s_.known);
      for (int64_t p = 0; p < s_.known; ++p) places_[p] = p;
      const bool calm = sweep();
      if (stuck_) return true;
      was_calm |= calm;
      if (was_calm) {
        if (!s_.gram) write_gradients(0, s_.known);
        if (gap_of(s_.known) <= threshold_) return true;
      }
      if (calm) step_tolerance_ *= 0.5;
      sweep_active(was_calm);
    }
  }

  // Sweeps over the columns that have a weight, until none of them moves far or, if that is asked for, until the gap
  // over them alone is small.
  void sweep_active(bool looks_at_gap) {
    places_.clear();
    for (int64_t p = 0; p < s_.known; ++p)
      if (s_.weights[p] != 0) places_.push_back(p);
    points_.clear();
    note();
    while (left_ > 0 && !sweep()) {
      note();
      if (!points_.full()) continue;
      extrapolate();
      if (looks_at_gap && active_gap() <= kShareOfGap * threshold_) return;
      points_.clear();
      note();
    }
  }

  void note() {
    if (s_.gram)
      points_.add(places_, s_.weights, s_.gradients, s_.known);
    else
      points_.add(places_, s_.weights, s_.residual, s_.rows);
  }

  // Goes to where the last sweeps lead, if the objective is less there.
  void extrapolate() {
    if (!points_.solve()) return;
    poll_((s_.gram ? s_.known : s_.rows) * 2);
    points_.mean_weights(guess_);
    if (o_.positive && std::any_of(guess_.begin(), guess_.end(), [](double w) { return w < 0; })) return;
    points_.mean_affine(guess_affine_);
    std::vector<double> now(places_.size());
    for (size_t n = 0; n < now.size(); ++n) now[n] = s_.weights[places_[n]];
    const double* const affine = s_.gram ? s_.gradients : s_.residual;
    const double before = objective(s_, o_, places_, now, affine);
    const double after = objective(s_, o_, places_, guess_, guess_affine_.data());
    if (!(after < before - 1e-14 * s_.target_square)) return;
    // Steps anew, not means of vectors, whose rounding the shares would enlarge.
    for (size_t n = 0; n < now.size(); ++n) {
      if (guess_[n] == now[n]) continue;
      s_.weights[places_[n]] = guess_[n];
      poll_(s_.gram ? 1 : s_.rows / 8 + 1);
      take_step(places_[n], guess_[n] - now[n]);
    }
  }

  // One step along each coordinate of places_; whether none of them was long.
  bool sweep() {
    --left_;
    double longest = 0, largest = 0;
    for (const int64_t p : places_) {
      const double size = s_.squares[p] + o_.l2, before = s_.weights[p];
      if (!(size > 0)) continue;
      poll_(s_.gram ? 1 : s_.rows / 8 + 1);
      const double gradient =
          (s_.gram ? s_.gradients[p] : kernels().dot_widened(s_.columns + p * s_.rows, s_.residual, s_.rows)) +
          s_.squares[p] * before;
      const double weight = soft(gradient) / size;
      if (weight != before) {
        s_.weights[p] = weight;
        take_step(p, weight - before);
      }
      longest = std::max(longest, std::fabs(weight - before) * std::sqrt(size));
      largest = std::max(largest, std::fabs(weight) * std::sqrt(size));
    }
    stuck_ = longest == 0;
    return longest <= step_tolerance_ * largest;
  }

  double soft(double gradient) const {
    if (gradient > o_.l1) return gradient - o_.l1;
    return gradient < -o_.l1 && !o_.positive ? gradient + o_.l1 : 0;
  }

  void take_step(int64_t place, double step) {
    if (s_.gram) {
      poll_(s_.known / 8 + 1);
      kernels().axpy_widened(-step, s_.gram + place * s_.cols, s_.gradients, s_.known);
    } else {
      kernels().axpy_widened(-step, s_.columns + place * s_.rows, s_.residual, s_.rows);
    }
  }

  // The gradients beyond the known ones, for the weights as they are now.
  void write_other_gradients() {
    if (!s_.gram) {
      write_residual();
      write_gradients(0, s_.cols);
      return;
    }
    std::vector<std::pair<int64_t, double>> steps;
    for (int64_t p = 0; p < s_.known; ++p)
      if (s_.weights[p] != applied_[p]) steps.push_back({p, s_.weights[p] - applied_[p]});
    parallel_for(s_.cols - s_.known, kGradientsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (const auto& [p, step] : steps)
        kernels().axpy_widened(-step, s_.gram + p * s_.cols + s_.known + begin, s_.gradients + s_.known + begin,
                               end - begin);
    });
    applied_.assign(s_.weights, s_.weights + s_.known);
  }

  void write_gradients_from_columns() {
    write_residual();
    write_gradients(0, s_.cols);
  }

  void write_residual() {
    parallel_for(s_.rows, kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      std::copy(s_.target + begin, s_.target + end, s_.residual + begin);
      for (int64_t p = 0; p < s_.known; ++p)
        if (s_.weights[p] != 0)
          kernels().axpy_widened(-s_.weights[p], s_.columns + p * s_.rows + begin, s_.residual + begin, end - begin);
    });
  }

  void write_gradients(int64_t begin, int64_t end) {
    parallel_for(end - begin, kColumnsPerChunk, abort_, [&](int64_t first, int64_t last) {
      for (int64_t p = begin + first; p < begin + last; ++p) write_gradient(p);
    });
  }

  void write_gradient(int64_t place) {
    s_.gradients[place] = kernels().dot_widened(s_.columns + place * s_.rows, s_.residual, s_.rows);
  }

  double gap_of(int64_t count) const {
    return duality_gap(s_, o_, count, [](int64_t n) { return n; });
  }

  // The same over places_, as if there were no other columns.
  double active_gap() {
    const auto count = static_cast<int64_t>(places_.size());
    if (!s_.gram)
      parallel_for(count, kColumnsPerChunk, abort_, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) write_gradient(places_[n]);
      });
    return duality_gap(s_, o_, count, [&](int64_t n) { return places_[n]; });
  }

  bool add_wanting(double trigger, double fill) {
    const std::vector<int64_t> places = wanting_places(s_.gradients, s_.known, s_.cols, o_.positive,
                                                       std::max(trigger, 0.0), std::max(fill, 0.0), kLeastTakenIn);
    if (places.empty()) return false;
    take_in(places, s_.known, [&](int64_t a, int64_t b) { swap_places(a, b); });
    const auto count = static_cast<int64_t>(places.size());
    if (s_.gram) write_gram_rows(s_, count, abort_);
    s_.known += count;
    applied_.resize(s_.known, 0.0);
    return true;
  }

  void swap_places(int64_t a, int64_t b) {
    poll_(s_.rows / 8 + s_.known);
    std::swap(s_.order[a], s_.order[b]);
    for (double* const each : {s_.squares, s_.correlations, s_.weights, s_.gradients}) std::swap(each[a], each[b]);
    std::swap_ranges(s_.columns + a * s_.rows, s_.columns + (a + 1) * s_.rows, s_.columns + b * s_.rows);
    if (s_.gram)
      for (int64_t p = 0; p < s_.known; ++p) std::swap(s_.gram[p * s_.cols + a], s_.gram[p * s_.cols + b]);
  }

  ElasticNetState& s_;
  const ElasticNetSettings& o_;
  const AbortFlag* const abort_;
  Poll poll_;
  const double threshold_;
  std::vector<double> applied_;  // [known] weights that the other gradients are of
  std::vector<int64_t> places_;
  Extrapolation points_;
  std::vector<double> guess_, guess_affine_;  // [places_], [known] or [rows]
  int64_t left_;
  double step_tolerance_;
  bool stuck_ = false;  // the last sweep changed nothing
};

}  // namespace

void elastic_net_begin(ElasticNetState& s, const AbortFlag* abort) {
  s.target_square = 0;
  in_steps(s.rows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      s.residual[r] = s.target[r];
      s.target_square += s.target[r] * s.target[r];
    }
  });
  parallel_for(s.cols, kColumnsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      s.correlations[p] = s.gradients[p] = kernels().dot_widened(s.columns + p * s.rows, s.target, s.rows);
  });
}

ElasticNetResult elastic_net(ElasticNetState& state, const ElasticNetSettings& settings, const AbortFlag* abort) {
  if (!(settings.l1 >= 0) || !(settings.l2 >= 0)) fail_value("elastic net: expected penalties of at least 0.");
  if (!(settings.previous_l1 >= settings.l1)) fail_value("elastic net: expected a path from large penalties to small.");
  if (settings.iterations < 1) fail_value("iterations: expected at least 1.");
  if (state.known < 0 || state.known > state.cols) fail_shape("elastic net: expected a state that it left.");
  return Descent(state, settings, abort).solve();
}

}  // namespace kindred
