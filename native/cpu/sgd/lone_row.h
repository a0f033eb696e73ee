// A row of factors, of a user or an item, moved by an optimizer while all others stand: a fold-in as batches would have
// moved it.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"
#include "cpu/sgd/sgd_model.h"
#include "kindred/runtime/poll.h"

namespace kindred {

class LoneRow {
 public:
  // `samples`: how many the row has in an epoch, of which batches in `options.batches`. A row that is in one batch of
  // `gap` moves as far in a step as Adam lets it: between its steps the square of gradients decays, from one that is
  // (1 - beta_2) / (1 - beta_2^gap) of what steps in every batch would make of it.
  LoneRow(const SgdModel& model, const SgdOptions& options, SgdChange change, int32_t row, int64_t samples)
      : target_(sgd_target(model, options)),
        options_(options),
        of_user_(change == SgdChange::user),
        row_(row),
        together_(std::max<int64_t>(1, (samples + options.batches - 1) / options.batches)),
        ascent_(target_.width),
        mean_(target_.width + 1, 0.0f),
        square_(target_.width + 1, 0.0f) {
    const double gap =
        std::max(1.0, static_cast<double>(options.batches) / static_cast<double>(std::max<int64_t>(1, samples)));
    rate_ = options.learning_rate;
    if (options.optimizer == Optimizer::adam)
      rate_ *= std::sqrt((1 - std::pow(kAdamSquareDecay, gap)) / (1 - kAdamSquareDecay));
  }

  void add(int32_t user, int32_t item, int32_t other) { epoch_.push_back({user, item, other}); }

  // Takes the samples of an epoch, in random order; returns their loss.
  SgdLoss finish(RandomStream& random, Poll& poll) {
    SgdLoss loss;
    for (auto n = static_cast<int64_t>(epoch_.size()) - 1; n > 0; --n) {
      poll();
      std::swap(epoch_[n], epoch_[random.below(n + 1)]);
    }
    for (size_t begin = 0; begin < epoch_.size(); begin += together_) {
      const std::span<const BprSample> samples(epoch_.data() + begin,
                                               std::min<size_t>(together_, epoch_.size() - begin));
      poll(static_cast<int64_t>(samples.size()) * target_.width);
      loss.total += step(samples);
      loss.samples += static_cast<int64_t>(samples.size());
    }
    epoch_.clear();
    return loss;
  }

 private:
  double step(std::span<const BprSample> samples) {
    const auto count = static_cast<int64_t>(samples.size());
    double loss = 0;
    weights_.resize(count);
    places_.resize(count);
    SgdStep step{options_.optimizer, static_cast<float>(rate_), 1 / static_cast<float>(options_.batch_size),
                 options_.regularization * static_cast<float>(count)};
    if (options_.optimizer == Optimizer::adam) {
      mean_power_ *= kAdamMeanDecay;
      square_power_ *= kAdamSquareDecay;
      step.rate = static_cast<float>(rate_ / (1 - mean_power_));
      step.square_scale = static_cast<float>(1 / std::sqrt(1 - square_power_));
    }
    const int64_t width = target_.width;
    for (int32_t n = 0; n < count; ++n) places_[n] = n;
    if (of_user_) {
      float* const x = target_.X + row_ * width;
      loss = kernels().sgd.bpr_user_ascent(target_, x, samples.data(), places_.data(), count, weights_.data(),
                                           ascent_.data());
      kernels().sgd.step(step, ascent_.data(), x, mean_.data(), square_.data(), width);
      return loss;
    }
    for (int32_t n = 0; n < count; ++n) {
      loss += kernels().sgd.bpr_user_ascent(target_, target_.X + samples[n].user * width, samples.data(), &places_[n],
                                            1, weights_.data(), ascent_.data());
      places_[n] = 2 * n + (samples[n].other == row_ ? 1 : 0);  // as bpr_item_ascent has them
    }
    const float of_bias =
        kernels().sgd.bpr_item_ascent(target_, samples.data(), places_.data(), count, weights_.data(), ascent_.data());
    kernels().sgd.step(step, ascent_.data(), target_.Y + row_ * width, mean_.data(), square_.data(), width);
    kernels().sgd.step(step, &of_bias, target_.item_bias + row_, &mean_[width], &square_[width], 1);
    return loss;
  }

  SgdTarget target_;
  SgdOptions options_;
  bool of_user_;
  int32_t row_;
  int64_t together_;
  double rate_, mean_power_ = 1, square_power_ = 1;
  std::vector<BprSample> epoch_;
  std::vector<int32_t> places_;
  std::vector<float> weights_, ascent_, mean_, square_;  // [width], and one for the bias
};

// Whether samples are taken one at a time, by plain steps.
inline bool one_at_a_time(const SgdOptions& options) {
  return options.optimizer == Optimizer::sgd && options.batch_size == 1;
}

}  // namespace kindred
