// Neighbours of patterns by counting bits. Rows are ranked by length, longest first, and 512 of them at a time stand as
// columns of a bit matrix [ids, 512]; every row of that block and after it then counts, in bit slices, which columns
// its ids have. A pair is counted once, along the shorter of its two rows, and offered to both lists. Once lists are
// full, a row whose length alone rules out the whole block (its count is at most its length) is passed over.
#include <bit>
#include <limits>
#include <numeric>

#include "cpu/neighbors/knn.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kWords = kPatterns / 64;
constexpr int64_t kRowsPerChunk = 64;
constexpr int64_t kBitsInAnyCase = 64 << 20, kBitsOfNonzero = 8;  // bytes that the bit matrix may take: the larger

// How many rows have each id [cols].
std::vector<int32_t> column_counts(const CsrView& rows, const AbortFlag* abort) {
  std::vector<int32_t> counts(rows.cols, 0);
  in_steps(rows.nonzeros(), abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++counts[rows.indices[n]];
  });
  return counts;
}

// The rows by rank, and ids renumbered such that those of many rows are neighbours in memory.
struct RankedRows {
  RankedRows(const CsrView& rows, const AbortFlag* abort) : order(rows.rows) {
    const std::vector<int32_t> counts = column_counts(rows, abort);
    std::vector<int32_t> by_count(rows.cols);
    std::iota(by_count.begin(), by_count.end(), 0);
    Poll poll(abort);
    std::stable_sort(by_count.begin(), by_count.end(),
                     polled(poll, [&](int32_t a, int32_t b) { return counts[a] > counts[b]; }));
    std::vector<int32_t> renumbered(rows.cols, -1);
    for (; used < rows.cols && counts[by_count[used]] > 1; ++used) renumbered[by_count[used]] = used;

    const auto length = [&](int32_t r) { return rows.indptr[r + 1] - rows.indptr[r]; };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     polled(poll, [&](int32_t a, int32_t b) { return length(a) > length(b); }));
    begins.push_back(0);
    ids.reserve(rows.nonzeros());
    for (const int32_t r : order) {
      poll(length(r) + 1);
      lengths.push_back(length(r));
      for (int32_t n = rows.indptr[r]; n < rows.indptr[r + 1]; ++n)
        if (renumbered[rows.indices[n]] >= 0) ids.push_back(renumbered[rows.indices[n]]);
      begins.push_back(static_cast<int32_t>(ids.size()));
    }
  }

  int64_t count() const { return static_cast<int64_t>(order.size()); }
  const int32_t* of(int64_t rank) const { return ids.data() + begins[rank]; }
  int64_t ids_of(int64_t rank) const { return begins[rank + 1] - begins[rank]; }

  std::vector<int32_t> order;    // [rows] by rank
  std::vector<int32_t> lengths;  // [rows] by rank, ids of one row alone included
  std::vector<int32_t> begins;   // [rows + 1] by rank, into ids
  std::vector<int32_t> ids;      // those of two rows and more
  int32_t used = 0;              // different ids
};

// What one thread needs, and what it found for the columns of the block.
struct Found {
  int64_t block = -1;
  alignas(64) int32_t counts[kPatterns];
  alignas(64) float floors[kPatterns];
  std::vector<NeighborList> lists;
};

class Counting {
 public:
  Counting(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort)
      : abort_(abort),
        neighbors_(std::min(options.neighbors, rows.rows)),
        ranked_(rows, abort),
        similarity_(RowSimilarity(rows, options, abort).in_order(ranked_.order)),
        lists_(rows.rows, NeighborList(neighbors_)),
        bits_(ranked_.used * kWords + kWords, 0),
        found_([] { return std::make_unique<Found>(); }) {
    const int64_t padded = (rows.rows + kPatterns - 1) / kPatterns * kPatterns;
    sizes_.assign(padded, 1);
    for (int64_t r = 0; r < rows.rows; ++r) sizes_[r] = static_cast<float>(similarity_.sizes()[r]);
    // from a cache line's start, so that a row of the block is one line
    block_bits_ = bits_.data() + (64 - reinterpret_cast<uintptr_t>(bits_.data()) % 64) % 64 / sizeof(uint64_t);
  }

  NeighborLists lists() {
    for (int64_t block = (ranked_.count() + kPatterns - 1) / kPatterns - 1; block >= 0; --block) {
      begin_ = block * kPatterns;
      end_ = std::min(begin_ + kPatterns, ranked_.count());
      write_bits(true);
      among_themselves();
      others_with_block();
      write_bits(false);
    }
    NeighborLists lists(ranked_.count());
    parallel_for(ranked_.count(), kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) lists[ranked_.order[r]] = lists_[r].take();
    });
    return lists;
  }

 private:
  // Sets the bits of the block, or clears them; a word of 64 columns to a thread.
  void write_bits(bool set) {
    parallel_for(kWords, 1, abort_, [&](int64_t word, int64_t) {
      for (int64_t r = begin_ + word * 64; r < std::min(begin_ + word * 64 + 64, end_); ++r) {
        if (aborted(abort_)) fail_aborted();
        const int32_t* const ids = ranked_.of(r);
        const uint64_t bit = uint64_t{1} << (r - begin_ - word * 64);
        for (int64_t n = 0; n < ranked_.ids_of(r); ++n) {
          uint64_t& bits = block_bits_[ids[n] * kWords + word];
          bits = set ? bits | bit : 0;
        }
      }
    });
  }

  // Each row of the block with all of it.
  void among_themselves() {
    std::vector<float> unlimited(kPatterns, std::numeric_limits<float>::infinity());
    parallel_for(end_ - begin_, kRowsPerChunk, abort_, [&](int64_t first, int64_t last) {
      alignas(64) int32_t counts[kPatterns];
      for (int64_t r = begin_ + first; r < begin_ + last; ++r) {
        if (aborted(abort_)) fail_aborted();
        if (ranked_.ids_of(r) == 0) continue;
        uint64_t masks[kWords];
        count(r, unlimited.data(), counts, masks);
        masks[(r - begin_) / 64] &= ~(uint64_t{1} << (r - begin_) % 64);
        for_each(masks, [&](int64_t column) { offer(r, column, counts[column], lists_[r]); });
      }
    });
  }

  void others_with_block() {
    block_floors_.assign(kPatterns, std::numeric_limits<float>::infinity());
    for (int64_t r = begin_; r < end_; ++r) block_floors_[r - begin_] = lists_[r].floor();
    parallel_for(ranked_.count() - end_, kRowsPerChunk, abort_, [&](int64_t first, int64_t last) {
      auto found = found_.take();
      if (found->block != begin_) {
        found->block = begin_;
        found->lists.assign(kPatterns, NeighborList(neighbors_));
        std::copy(block_floors_.begin(), block_floors_.end(), found->floors);
      }
      const float least_floor = *std::min_element(found->floors, found->floors + kPatterns);  // they only rise
      for (int64_t r = end_ + first; r < end_ + last; ++r) {
        if (aborted(abort_)) fail_aborted();
        if (ranked_.ids_of(r) > 0 && most_similar(r) > std::min(least_floor, lists_[r].floor())) with_block(r, *found);
      }
      found_.give_back(std::move(found));
    });
    for (const auto& found : found_.all())
      if (found->block == begin_)
        for (int64_t r = begin_; r < end_; ++r) {
          if (aborted(abort_)) fail_aborted();
          lists_[r].push_all(found->lists[r - begin_]);
        }
  }

  void with_block(int64_t r, Found& found) {
    uint64_t masks[kWords];
    count(r, found.floors, found.counts, masks);
    for_each(masks, [&](int64_t column) {
      const int32_t shared = found.counts[column];
      const float similarity = similarity_.of(r, begin_ + column, shared);
      if (!(similarity > 0)) return;
      lists_[r].push({similarity, ranked_.order[begin_ + column]});
      float& floor = found.floors[column];
      if (similarity <= floor) return;
      found.lists[column].push({similarity, ranked_.order[r]});
      floor = std::max(floor, found.lists[column].floor());
    });
  }

  // A bound on the similarity of row `r` with the columns of the block, none of which is shorter.
  double most_similar(int64_t r) const {
    const double most = ranked_.lengths[r];
    const double shortest = similarity_.sizes()[end_ - 1];
    const double size = similarity_.jaccard() ? shortest : similarity_.sizes()[r] * shortest;
    return most / (size + similarity_.rough_shrinkage());
  }

  void count(int64_t r, const float* floors, int32_t* counts, uint64_t* masks) const {
    kernels().count_patterns(block_bits_, ranked_.of(r), ranked_.ids_of(r), counts);
    kernels().similar_patterns(counts,
                               {sizes_[r], lists_[r].floor(), similarity_.rough_shrinkage(), similarity_.jaccard(),
                                sizes_.data() + begin_, floors},
                               masks);
  }

  void offer(int64_t r, int64_t column, int32_t shared, NeighborList& list) const {
    const float similarity = similarity_.of(r, begin_ + column, shared);
    if (similarity > 0) list.push({similarity, ranked_.order[begin_ + column]});
  }

  template <class Body>
  static void for_each(const uint64_t* masks, Body body) {
    for (int64_t w = 0; w < kWords; ++w)
      for (uint64_t mask = masks[w]; mask != 0; mask &= mask - 1) body(w * 64 + std::countr_zero(mask));
  }

  const AbortFlag* const abort_;
  const int64_t neighbors_;
  const RankedRows ranked_;
  const RowSimilarity similarity_;   // by rank
  std::vector<NeighborList> lists_;  // [rows] by rank
  std::vector<float> sizes_;         // [rows, padded] by rank
  std::vector<uint64_t> bits_;
  uint64_t* block_bits_ = nullptr;  // [ids, kWords]
  Scratch<Found> found_;
  std::vector<float> block_floors_;  // [kPatterns], without what is found in this block's turn
  int64_t begin_ = 0, end_ = 0;      // ranks of the block
};

}  // namespace

bool counting_pays(const CsrView& rows, const AbortFlag* abort) {
  // In cycles, roughly: a product takes 3, a line of bits 1.5, spreading and comparing the counts of a block 200.
  const std::vector<int32_t> counts = column_counts(rows, abort);
  std::vector<int32_t> lengths;
  double products = 0, lines = 0, blocks = 0;
  int64_t used = 0;
  for (const int32_t count : counts) {
    products += static_cast<double>(count) * count;
    used += count > 1;
  }
  if (used * kPatterns / 8 > std::max(kBitsInAnyCase, rows.nonzeros() * kBitsOfNonzero)) return false;
  for (int64_t r = 0; r < rows.rows; ++r) lengths.push_back(rows.indptr[r + 1] - rows.indptr[r]);
  Poll poll(abort);
  std::sort(lengths.begin(), lengths.end(), polled(poll, std::greater()));
  for (int64_t rank = 0; rank < rows.rows; ++rank) {
    const double turns = static_cast<double>(rank / kPatterns + 1);
    lines += turns * lengths[rank];
    blocks += turns;
  }
  return 1.5 * lines + 200 * blocks < 3 * products;
}

NeighborLists lists_by_counting(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  return Counting(rows, options, abort).lists();
}

}  // namespace kindred
