// The blocks of one epoch of stochastic gradient descent, and the order in which their cells are worked on.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

#include "cpu/runtime/random.h"
#include "kindred/runtime/poll.h"
#include "kindred/sgd/sgd.h"

namespace kindred {

// More blocks keep more threads busy and their factors in the cache; fewer leave more items to choose from.
constexpr int64_t kSgdBlocks = 16;

// Users and items in random order, cut into equal blocks; the stored weights by cell, a block of users times one of
// items, and in a cell by user, the users in random order. Entry {user, item, ...} is made of a stored weight by
// `make(user, item, weight)`; what `keep(weight)` refuses is left out.
template <class Entry>
class SgdBlocks {
 public:
  static constexpr int64_t kMostBlocks = 256;

  // At most `most` blocks of each, at most kMostBlocks.
  template <class Keep, class Make>
  SgdBlocks(const CsrView& log, const SgdOptions& options, int64_t most, const AbortFlag* abort, Keep keep, Make make)
      : log_(log), count_(blocks_of(log, most)) {
    RandomStream random(mix_seeds(options.seed, options.epoch));
    const std::vector<int32_t> users = random.permutation(log.rows, abort);
    items_ = random.permutation(log.cols, abort);
    std::vector<uint8_t> block_of(log.cols);
    for (int64_t b = 0; b < count_; ++b)
      for (int64_t k = items_begin(b); k < items_begin(b + 1); ++k) block_of[items_[k]] = static_cast<uint8_t>(b);
    const auto for_stored = [&](int64_t block, auto body) {
      Poll poll(abort);
      for (int64_t k = log.rows * block / count_; k < log.rows * (block + 1) / count_; ++k) {
        poll(log.indptr[users[k] + 1] - log.indptr[users[k]] + 1);
        for (int32_t n = log.indptr[users[k]]; n < log.indptr[users[k] + 1]; ++n)
          if (keep(log.values[n])) body(block_of[log.indices[n]], users[k], n);
      }
    };
    begins_.assign(count_ * count_ + 1, 0);
    parallel_for(count_, 1, abort, [&](int64_t block, int64_t) {
      int64_t sizes[kMostBlocks] = {};
      for_stored(block, [&](int64_t of_item, int32_t, int32_t) { ++sizes[of_item]; });
      std::copy_n(sizes, count_, begins_.data() + block * count_ + 1);
    });
    for (size_t c = 1; c < begins_.size(); ++c) begins_[c] += begins_[c - 1];
    entries_.resize(begins_.back());
    parallel_for(count_, 1, abort, [&](int64_t block, int64_t) {
      int64_t next[kMostBlocks];
      std::copy_n(begins_.data() + block * count_, count_, next);
      for_stored(block, [&](int64_t of_item, int32_t user, int32_t n) {
        entries_[next[of_item]++] = make(user, log.indices[n], log.values[n]);
      });
    });
  }

  int64_t count() const { return count_; }  // of blocks of users, and of items
  int64_t cells() const { return count_ * count_; }

  // The items of a block.
  std::span<const int32_t> items(int64_t block) const {
    return {items_.data() + items_begin(block), items_.data() + items_begin(block + 1)};
  }

  struct Cell {
    int64_t index, item_block;
    std::span<const Entry> entries;
  };

  int64_t size(int64_t cell) const { return begins_[cell + 1] - begins_[cell]; }  // entries of a cell

  // Place of a cell in the order in which for_cells takes them: count() by count() of them share nothing.
  int64_t turn_of(int64_t cell) const {
    const int64_t users = cell / count_, items = cell % count_;
    return (items - users + count_) % count_ * count_ + users;
  }

  // Calls body once for each cell: at the same time for cells that share neither users nor items, or, lock-free, for
  // any.
  void for_cells(bool lock_free, const AbortFlag* abort, const std::function<void(const Cell&)>& body) const {
    const auto work = [&](int64_t turn) {
      const int64_t users = turn % count_, items = (users + turn / count_) % count_, index = users * count_ + items;
      body({index, items, {entries_.data() + begins_[index], entries_.data() + begins_[index + 1]}});
    };
    const int64_t together = lock_free ? cells() : count_;
    for (int64_t first = 0; first < cells(); first += together)
      parallel_for(together, 1, abort, [&](int64_t turn, int64_t) { work(first + turn); });
  }

 private:
  static constexpr int64_t kItemsPerBlock = 128;

  static int64_t blocks_of(const CsrView& log, int64_t most) {
    return std::clamp<int64_t>(std::min(log.cols / kItemsPerBlock, log.rows), 1, most);
  }
  int64_t items_begin(int64_t block) const { return log_.cols * block / count_; }

  const CsrView log_;
  int64_t count_;
  std::vector<int32_t> items_;
  std::vector<int64_t> begins_;  // [cells + 1]
  std::vector<Entry> entries_;
};

}  // namespace kindred
