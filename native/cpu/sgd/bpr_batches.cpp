#include "kindred/sgd/bpr_batches.h"

#include <numeric>
#include <optional>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/adam_clock.h"
#include "cpu/sgd/bpr_batch_draws.h"
#include "cpu/sgd/sgd_model.h"
#include "cpu/sgd/touched_rows.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 64;

// Rows [count, width] that an optimizer moves, and what it remembers of each number.
class Descended {
 public:
  Descended(float* values, float* mean, float* square, int64_t count, int64_t width, int64_t step)
      : values_(values), mean_(mean), square_(square), width_(width), last_(count, step) {}

  float* row(int64_t r) const { return values_ + r * width_; }

  // To where a row stands after step t, of which it sees no gradient.
  void drift(int64_t r, int64_t t, const AdamClock& clock) {
    if (last_[r] < t) kernels().sgd.drift(clock.drift(last_[r], t), row(r), of(mean_, r), of(square_, r), width_);
    last_[r] = t;
  }
  void step(int64_t r, int64_t t, const SgdStep& step, const float* ascent) {
    kernels().sgd.step(step, ascent, row(r), of(mean_, r), of(square_, r), width_);
    last_[r] = t;
  }

 private:
  float* of(float* moments, int64_t r) const { return moments ? moments + r * width_ : nullptr; }

  float *values_, *mean_, *square_;
  int64_t width_;
  std::vector<int64_t> last_;  // step
};

void check_moments(const SgdModel& model, const SgdMoments& moments) {
  const auto fits = [](const Matrix& a, const Matrix& b) {
    return a.rows == b.rows && a.cols == b.cols && a.stride == a.cols;
  };
  if (!fits(moments.X, model.X) || !fits(moments.Y, model.Y))
    fail_shape("moments: expected contiguous matrices of the factors' shapes.");
}

class Batches {
 public:
  Batches(const SgdModel& model, const SgdMoments& first, const SgdMoments& second, const SgdOptions& options,
          int64_t batches, const AbortFlag* abort)
      : target_(sgd_target(model, options)),
        options_(options),
        before_((static_cast<int64_t>(options.epoch) - 1) * batches),
        abort_(abort),
        X_(model.X.data, first.X.data, second.X.data, model.X.rows, model.X.cols, before_),
        Y_(model.Y.data, first.Y.data, second.Y.data, model.Y.rows, model.Y.cols, before_),
        bias_(model.item_bias, first.item_bias, second.item_bias, model.Y.rows, 1, before_),
        users_(model.X.rows),
        items_(model.Y.rows) {
    if (options.optimizer == Optimizer::adam) clock_.emplace(options.learning_rate, before_, batches, abort);
  }

  // The `index`-th step of the epoch.
  double step(const std::vector<BprSample>& samples, int64_t index) {
    const int64_t t = before_ + index + 1, width = target_.width;
    const auto count = static_cast<int64_t>(samples.size());
    users_.group(count, abort_, [&](int64_t place) { return samples[place].user; });
    items_.group(2 * count, abort_,
                 [&](int64_t place) { return place % 2 ? samples[place / 2].other : samples[place / 2].item; });
    weights_.resize(count);
    ascents_.resize(users_.count() * width);
    losses_.resize(users_.count());
    SgdStep step{options_.optimizer, options_.learning_rate, 1 / static_cast<float>(count), 0};
    if (clock_) {
      step.rate = static_cast<float>(options_.learning_rate * adam_mean_scale(t));
      step.square_scale = static_cast<float>(adam_square_scale(t));
    }
    const auto with_penalty = [&](std::span<const int32_t> places) {
      SgdStep out = step;
      out.penalty = options_.regularization * static_cast<float>(places.size());
      return out;
    };
    // Nothing moves before all of the batch has seen where it stands: users' gradients read items, and the other way
    // round.
    if (clock_) over(items_, [&](int64_t, int32_t item, auto) { drift_item(item, t - 1); });
    over(users_, [&](int64_t slot, int32_t user, std::span<const int32_t> places) {
      if (clock_) X_.drift(user, t - 1, *clock_);
      losses_[slot] = kernels().sgd.bpr_user_ascent(target_, X_.row(user), samples.data(), places.data(),
                                                    static_cast<int64_t>(places.size()), weights_.data(),
                                                    ascents_.data() + slot * width);
    });
    over(items_, [&](int64_t, int32_t item, std::span<const int32_t> places) {
      thread_local std::vector<float> ascent;
      ascent.resize(width);
      const float of_bias = kernels().sgd.bpr_item_ascent(
          target_, samples.data(), places.data(), static_cast<int64_t>(places.size()), weights_.data(), ascent.data());
      const SgdStep step = with_penalty(places);
      Y_.step(item, t, step, ascent.data());
      bias_.step(item, t, step, &of_bias);
    });
    over(users_, [&](int64_t slot, int32_t user, std::span<const int32_t> places) {
      X_.step(user, t, with_penalty(places), ascents_.data() + slot * width);
    });
    return std::accumulate(losses_.begin(), losses_.end(), 0.0);
  }

  // Every row to where it stands after the epoch.
  void finish(int64_t batches) {
    if (!clock_) return;
    const int64_t t = before_ + batches;
    parallel_for(users_.rows(), kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t user = begin; user < end; ++user) X_.drift(user, t, *clock_);
    });
    parallel_for(items_.rows(), kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) drift_item(item, t);
    });
  }

 private:
  // body(slot, row, places) for each row touched.
  template <class Body>
  void over(const TouchedRows& touched, Body body) {
    parallel_for(touched.count(), kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t slot = begin; slot < end; ++slot) {
        if (aborted(abort_)) fail_aborted();
        body(slot, touched.row(slot), touched.places(slot));
      }
    });
  }
  void drift_item(int64_t item, int64_t t) {
    Y_.drift(item, t, *clock_);
    bias_.drift(item, t, *clock_);
  }

  SgdTarget target_;
  SgdOptions options_;
  int64_t before_;  // steps of earlier epochs
  const AbortFlag* abort_;
  Descended X_, Y_, bias_;
  TouchedRows users_, items_;
  std::optional<AdamClock> clock_;
  std::vector<float> weights_, ascents_;
  std::vector<double> losses_;
};

}  // namespace

SgdLoss bpr_batches(const CsrView& log, const SgdModel& model, const SgdMoments& first, const SgdMoments& second,
                    const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  check_sgd_batches(options);
  if (options.epoch < 1) fail_value("epoch: expected at least 1 but received 0.");
  if (options.optimizer == Optimizer::adam) check_moments(model, first);
  if (options.optimizer != Optimizer::sgd) check_moments(model, second);
  const BprBatchDraws draws(log, options, abort);
  Batches batches(model, first, second, options, draws.count(), abort);
  SgdLoss loss;
  for (int64_t b = 0; b < draws.count(); ++b) {
    if (aborted(abort)) fail_aborted();
    const std::vector<BprSample> samples = draws.batch(b, abort);
    if (samples.empty()) continue;
    loss.total += batches.step(samples, b);
    loss.samples += static_cast<int64_t>(samples.size());
  }
  batches.finish(draws.count());
  return loss;
}

}  // namespace kindred
