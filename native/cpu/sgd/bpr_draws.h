// The samples of an epoch of BPR: what a user has, and what is drawn that they have not.
#pragma once

#include <algorithm>
#include <vector>

#include "cpu/sgd/negatives.h"
#include "cpu/sgd/sgd_blocks.h"
#include "kindred/runtime/poll.h"

namespace kindred {

constexpr int kBprTries = 16;  // draws before a positive goes without a negative

struct Liked {
  int32_t user, item;
};

// Whether `item` is among these, whose items ascend.
inline bool has(const Liked* begin, const Liked* end, int32_t item) {
  if (end - begin > 32) {
    const Liked* place = std::lower_bound(begin, end, item, [](const Liked& a, int32_t b) { return a.item < b; });
    return place < end && place->item == item;
  }
  bool found = false;
  for (const Liked* liked = begin; liked < end; ++liked) found |= liked->item == item;
  return found;
}

// How often the log has each item [items].
inline std::vector<int32_t> popularity_of(const CsrView& log, const AbortFlag* abort) {
  std::vector<int32_t> out(log.cols, 0);
  in_steps(log.nonzeros(), abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++out[log.indices[n]];
  });
  return out;
}

// Cell by cell; negatives come of the cell's own block of items.
class BprDraws {
 public:
  using Cell = SgdBlocks<Liked>::Cell;

  BprDraws(const CsrView& log, const SgdOptions& options, int64_t most_blocks, const AbortFlag* abort)
      : blocks_(
            log, options, most_blocks, abort, [](float weight) { return weight > 0; },
            [](int32_t user, int32_t item, float) {
              return Liked{user, item};
            }),
        seed_(mix_seeds(options.seed, options.epoch) + 1),
        abort_(abort) {
    std::vector<int32_t> popularity;
    if (options.popular_negatives) popularity = popularity_of(log, abort);
    for (int64_t b = 0; b < blocks_.count(); ++b)
      negatives_.emplace_back(blocks_.items(b).data(), static_cast<int64_t>(blocks_.items(b).size()),
                              options.popular_negatives ? popularity.data() : nullptr, abort);
  }
  BprDraws(const BprDraws&) = delete;

  const SgdBlocks<Liked>& blocks() const { return blocks_; }

  // add(user, item, other) for each sample of the cell, in order: the same whenever it is called, and at most one for
  // each entry. Throws ERR_ABORTED when the flag is found raised between two of them.
  template <class Add>
  void for_samples(const Cell& cell, Add add) const {
    RandomStream random(mix_seeds(seed_, cell.index));
    Poll poll(abort_);
    const Liked *next = cell.entries.data(), *last = next + cell.entries.size();
    while (next < last) {
      const Liked* end = next;  // of what the user has in the block, all of which is in the cell
      while (end < last && end->user == next->user) ++end;
      for (const Liked* liked = next; liked < end; ++liked) {
        poll(kWorkOfSample);
        for (int tries = 0; tries < kBprTries; ++tries) {
          const int32_t other = negatives_[cell.item_block].draw(random);
          if (has(next, end, other)) continue;
          add(liked->user, liked->item, other);
          break;
        }
      }
      next = end;
    }
  }

 private:
  SgdBlocks<Liked> blocks_;
  static constexpr int64_t kWorkOfSample = 64;  // drawing it, and what is done with it

  uint64_t seed_;
  const AbortFlag* abort_;
  std::vector<NegativeItems> negatives_;
};

}  // namespace kindred
