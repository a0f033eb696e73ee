// The samples of an epoch of BPR by batches: every positive once, in random order, each with a negative of the whole
// catalogue.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/sgd/bpr_draws.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {

// Whether the user has `item` with a weight above 0; rows ascend.
inline bool likes(const CsrView& log, int32_t user, int32_t item) {
  const int32_t *begin = log.indices + log.indptr[user], *end = log.indices + log.indptr[user + 1];
  const int32_t* place = std::lower_bound(begin, end, item);
  return place < end && *place == item && log.values[place - log.indices] > 0;
}

class BprBatchDraws {
 public:
  BprBatchDraws(const CsrView& log, const SgdOptions& options, const AbortFlag* abort)
      : log_(log),
        size_(options.batch_size),
        seed_(mix_seeds(options.seed, options.epoch)),
        popularity_(options.popular_negatives ? popularity_of(log, abort) : std::vector<int32_t>()),
        negatives_(log.cols, options.popular_negatives ? popularity_.data() : nullptr, abort) {
    Poll poll(abort);
    for (int32_t user = 0; user < log.rows; ++user) {
      poll(log.indptr[user + 1] - log.indptr[user] + 1);
      for (int32_t n = log.indptr[user]; n < log.indptr[user + 1]; ++n)
        if (log.values[n] > 0) positives_.push_back({user, log.indices[n]});
    }
    RandomStream random(seed_);
    for (auto n = static_cast<int64_t>(positives_.size()) - 1; n > 0; --n) {
      poll();
      std::swap(positives_[n], positives_[random.below(n + 1)]);
    }
  }

  int64_t count() const { return (static_cast<int64_t>(positives_.size()) + size_ - 1) / size_; }  // of batches

  // The samples of a batch; positives for which no negative was found are left out. The same whenever it is called.
  std::vector<BprSample> batch(int64_t index, const AbortFlag* abort) const {
    const int64_t first = index * size_, last = std::min<int64_t>(first + size_, positives_.size());
    std::vector<BprSample> samples(last - first);
    parallel_for(last - first, kChunk, abort, [&](int64_t begin, int64_t end) {
      RandomStream random(mix_seeds(seed_ + 1, first + begin));
      for (int64_t n = begin; n < end; ++n) {
        const Liked& liked = positives_[first + n];
        samples[n] = {liked.user, liked.item, -1};
        for (int tries = 0; tries < kBprTries && samples[n].other < 0; ++tries) {
          const int32_t other = negatives_.draw(random);
          if (!likes(log_, liked.user, other)) samples[n].other = other;
        }
      }
    });
    std::erase_if(samples, [](const BprSample& sample) { return sample.other < 0; });
    return samples;
  }

 private:
  static constexpr int64_t kChunk = 256;

  const CsrView log_;
  int64_t size_;
  uint64_t seed_;
  std::vector<int32_t> popularity_;
  AnyItem negatives_;
  std::vector<Liked> positives_;
};

}  // namespace kindred
