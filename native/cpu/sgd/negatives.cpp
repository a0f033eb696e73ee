#include "cpu/sgd/negatives.h"

#include "kindred/runtime/poll.h"

namespace kindred {

NegativeItems::NegativeItems(const int32_t* items, int64_t count, const int32_t* popularity, const AbortFlag* abort)
    : items_(items), count_(count) {
  if (!popularity) return;
  double total = 0;
  Poll poll(abort);
  for (int64_t k = 0; k < count; ++k) total += popularity[items[k]];
  if (total == 0) return;
  std::vector<double> weight(count);
  std::vector<int32_t> small, large;
  for (int64_t k = 0; k < count; ++k) {
    poll();
    weight[k] = popularity[items[k]] * static_cast<double>(count) / total;
    (weight[k] < 1 ? small : large).push_back(static_cast<int32_t>(k));
  }
  share_.assign(count, 1.0f);
  alias_.resize(count);
  while (!small.empty() && !large.empty()) {
    poll();
    const int32_t s = small.back(), l = large.back();
    small.pop_back();
    share_[s] = static_cast<float>(weight[s]);
    alias_[s] = l;
    weight[l] -= 1 - weight[s];
    if (weight[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

}  // namespace kindred
