// Plain steps of BPR, one sample after another.
#pragma once

#include <utility>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/sgd/sgd.h"

namespace kindred {

// Samples of one stream of work, flushed to the kernel in order.
class BprSteps {
 public:
  BprSteps(const SgdTarget& target, SgdChange change) : target_(target), change_(change) { samples_.reserve(kSamples); }

  void add(int32_t user, int32_t item, int32_t other) {
    samples_.push_back({user, item, other});
    if (static_cast<int64_t>(samples_.size()) == kSamples) flush();
  }
  // The loss since the last call.
  SgdLoss finish() {
    flush();
    return std::exchange(loss_, {});
  }

 private:
  static constexpr int64_t kSamples = 1024;  // drawn before the steps are taken

  void flush() {
    loss_.total += kernels().sgd.bpr(target_, samples_.data(), static_cast<int64_t>(samples_.size()), change_);
    loss_.samples += static_cast<int64_t>(samples_.size());
    samples_.clear();
  }

  SgdTarget target_;
  SgdChange change_;
  std::vector<BprSample> samples_;
  SgdLoss loss_;
};

}  // namespace kindred
