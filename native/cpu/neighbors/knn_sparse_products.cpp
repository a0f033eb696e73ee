// Neighbours by a sparse product, row by row (Gustavson 1978). Rows are ranked by length, longest first, and a row is
// multiplied with those before it alone: a pair is computed once, and offered to both lists.
#include <algorithm>
#include <bit>

#include "cpu/neighbors/knn.h"
#include "cpu/neighbors/ranked_columns.h"
#include "cpu/neighbors/shared_lists.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "cpu/sparse/sparse_accumulator.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 16;
constexpr int64_t kScansPerCopy = 16;  // of the floors, which takes about as long as a scan
constexpr int64_t kWords = kPatterns / 64;

// How the dot products of a row are held, and compared with what the lists need.
struct Counts {  // patterns: how many columns two rows share
  using Dot = int32_t;
  using Entry = int32_t;
  using Size = float;
  using Bounds = PatternBounds;

  static int32_t row(Entry entry) { return entry; }
  static void add(const Entry* entries, int64_t n, double, Dot* dots) {
    for (int64_t i = 0; i < n; ++i) ++dots[entries[i]];
  }
  static void similar(const Dot* dots, const Bounds& bounds, uint64_t* masks) {
    kernels().similar_patterns(dots, bounds, masks);
  }
  static Bounds bounds(double size, float floor, const RowSimilarity& similarity, const Size* sizes,
                       const float* floors) {
    return {static_cast<float>(size), floor, similarity.rough_shrinkage(), similarity.jaccard(), sizes, floors};
  }
};
struct Weights {
  using Dot = double;
  using Entry = WeightedRow;
  using Size = double;
  using Bounds = ProductBounds;

  static int32_t row(Entry entry) { return entry.row; }
  static void add(const Entry* entries, int64_t n, double weight, Dot* dots) {
    kernels().add_products(entries, n, weight, dots);
  }
  static void similar(const Dot* dots, const Bounds& bounds, uint64_t* masks) {
    kernels().similar_products(dots, bounds, masks);
  }
  static Bounds bounds(double size, float floor, const RowSimilarity& similarity, const Size* sizes,
                       const float* floors) {
    return {size, floor, similarity.rough_shrinkage(), sizes, floors};
  }
};

// Padded to blocks of kPatterns.
template <class Dot>
struct Accumulator : SparseAccumulator<Dot> {
  explicit Accumulator(int64_t padded) : SparseAccumulator<Dot>(padded), floors(padded, 0) {}
  std::vector<float> floors;  // of the lists, or less
  int64_t scans = 0;          // rows that were compared with all floors before theirs
};

template <class Kind>
class Products {
 public:
  Products(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort)
      : rows_(rows),
        abort_(abort),
        neighbors_(std::min(options.neighbors, rows.rows)),
        padded_((rows.rows + kPatterns - 1) / kPatterns * kPatterns),
        columns_(rows, abort),
        similarity_(RowSimilarity(rows, options, abort).in_order(columns_.order)),
        lists_(rows.rows, neighbors_),
        sizes_(similarity_.sizes().begin(), similarity_.sizes().end()) {
    sizes_.resize(padded_, 1);
  }

  NeighborLists lists() {
    Scratch<Accumulator<Dot>> accumulators([&] { return std::make_unique<Accumulator<Dot>>(padded_); });
    parallel_for(rows_.rows, kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      auto accumulator = accumulators.take();
      for (int64_t rank = begin; rank < end; ++rank) {
        if (aborted(abort_)) fail_aborted();
        with_earlier(rank, *accumulator);
      }
      accumulators.give_back(std::move(accumulator));
    });
    NeighborLists lists(rows_.rows);
    parallel_for(rows_.rows, kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t rank = begin; rank < end; ++rank) lists[columns_.order[rank]] = lists_.take(rank);
    });
    return lists;
  }

 private:
  using Dot = typename Kind::Dot;
  using Entry = typename Kind::Entry;

  // Columns between the prefetch of a head and its use, and the entries of it that are prefetched: the hardware fetches
  // what follows, which is read in sequence.
  static constexpr int32_t kAhead = 6;
  static constexpr int32_t kFetched = 160;
  static constexpr int32_t kEntriesOfLine = 64 / sizeof(Entry);

  void with_earlier(int64_t rank, Accumulator<Dot>& accumulator) {
    const int32_t first = rows_.indptr[columns_.order[rank]], last = rows_.indptr[columns_.order[rank] + 1];
    const int64_t products = columns_.products[rank];
    if (products == 0) return;
    NeighborList own(neighbors_);
    Dot* const dots = accumulator.dots.data();
    if (products * 4 < rank) {
      note(first, last, accumulator);
      add(first, last, dots);
      for (const int32_t other : accumulator.touched) {
        offer(rank, other, dots[other], lists_.floor(other), own);
        dots[other] = 0;  // a row that was noted twice counts once
      }
      accumulator.touched.clear();
    } else {
      if (accumulator.scans++ % kScansPerCopy == 0) lists_.copy_floors(rank, accumulator.floors.data());
      add(first, last, dots);
      for (int64_t begin = 0; begin < rank; begin += kPatterns) {
        const float floor = std::max(own.floor(), accumulator.floors[rank]);
        uint64_t masks[kWords];
        Kind::similar(dots + begin,
                      Kind::bounds(similarity_.sizes()[rank], floor, similarity_, sizes_.data() + begin,
                                   accumulator.floors.data() + begin),
                      masks);
        for (int64_t w = 0; w < kWords; ++w)
          for (uint64_t mask = masks[w]; mask != 0; mask &= mask - 1) {
            const int64_t other = begin + w * 64 + std::countr_zero(mask);
            float& other_floor = accumulator.floors[other];
            other_floor = offer(rank, other, dots[other], other_floor, own);
          }
      }
      std::fill_n(dots, rank, Dot{0});
    }
    accumulator.floors[rank] = lists_.push_all(rank, own);
  }

  // dots += the products of the entries [first, last) of `rows` with the rows before theirs.
  void add(int32_t first, int32_t last, Dot* dots) const {
    Poll poll(abort_);
    for (int32_t n = first; n < last; ++n) {
      poll(columns_.heads[n].count + 1);
      if (n + kAhead < last) fetch(columns_.heads[n + kAhead]);
      Kind::add(entries(n), columns_.heads[n].count, rows_.values ? rows_.values[n] : 1.0, dots);
    }
  }

  void fetch(Head head) const {
    const auto* const begin = columns_.entries.data() + head.begin;
    for (int32_t i = 0; i < std::min(head.count, kFetched); i += kEntriesOfLine) __builtin_prefetch(begin + i);
  }

  const Entry* entries(int32_t n) const { return columns_.entries.data() + columns_.heads[n].begin; }

  void note(int32_t first, int32_t last, Accumulator<Dot>& accumulator) const {
    for (int32_t n = first; n < last; ++n)
      for (int32_t i = 0; i < columns_.heads[n].count; ++i) accumulator.touched.push_back(Kind::row(entries(n)[i]));
  }

  // `floor`: of the other's list, or less. Returns one that is as high or higher.
  float offer(int64_t rank, int64_t other, Dot shared, float floor, NeighborList& own) {
    const double dot = shared;
    if (!(dot > 0)) return floor;
    const float similarity = similarity_.of(rank, other, dot);
    if (!(similarity > 0)) return floor;
    own.push({similarity, columns_.order[other]});
    return similarity > floor ? lists_.push(other, {similarity, columns_.order[rank]}) : floor;
  }

  const CsrView rows_;
  const AbortFlag* const abort_;
  const int64_t neighbors_, padded_;
  const RankedColumns<Entry> columns_;
  const RowSimilarity similarity_;          // by rank
  SharedLists lists_;                       // by rank
  std::vector<typename Kind::Size> sizes_;  // [padded] by rank
};

}  // namespace

NeighborLists lists_by_products(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  return rows.values ? Products<Weights>(rows, options, abort).lists() : Products<Counts>(rows, options, abort).lists();
}

}  // namespace kindred
