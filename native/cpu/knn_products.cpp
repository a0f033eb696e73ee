// Neighbours by a sparse product, row by row (Gustavson 1978).
#include <algorithm>
#include <type_traits>

#include "cpu/accumulators.h"
#include "cpu/knn.h"
#include "kindred/csr.h"
#include "kindred/error.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 8;

// How the dot products of a row are held, and the precision in which hopeless ones are told from the others.
struct Counts {  // patterns: how many columns two rows share
  using Dot = int32_t;
  using Real = float;
};
struct Weights {
  using Dot = double;
  using Real = double;
};

template <class Kind>
class Neighbors {
 public:
  using Dot = typename Kind::Dot;
  using Real = typename Kind::Real;
  static constexpr bool kWeighted = std::is_same_v<Kind, Weights>;

  Neighbors(const CsrView& rows, const CsrView& columns, const KnnOptions& options)
      : rows_(rows), columns_(columns), neighbors_(std::min(options.neighbors, rows.rows)), similarity_(rows, options) {
    rough_sizes_.assign(similarity_.sizes().begin(), similarity_.sizes().end());
  }

  // The list of row `r`, by column.
  std::vector<Scored> of(int64_t r, Accumulator<Dot>& accumulator) const {
    NeighborList best(neighbors_);
    const int32_t first = rows_.indptr[r], last = rows_.indptr[r + 1];
    int64_t products = 0;
    for (int32_t n = first; n < last; ++n)
      products += columns_.indptr[rows_.indices[n] + 1] - columns_.indptr[rows_.indices[n]];
    Dot* const dots = accumulator.dots.data();
    if (products * 4 < rows_.rows) {
      add<true>(first, last, accumulator);
      for (const int32_t b : accumulator.touched) {
        offer(r, b, dots[b], best);
        dots[b] = 0;  // a row that was noted twice counts once
      }
      accumulator.touched.clear();
    } else {
      add<false>(first, last, accumulator);
      for (int64_t begin = 0; begin < rows_.rows; begin += kBlock) {
        const int64_t end = std::min(begin + kBlock, rows_.rows);
        const Real least = best.floor();
        if (!any_hope(r, dots, begin, end, least)) continue;
        for (int64_t b = begin; b < end; ++b)
          if (dots[b] != 0) offer(r, static_cast<int32_t>(b), dots[b], best);
      }
      std::fill_n(dots, rows_.rows, Dot{0});
    }
    return best.take();
  }

 private:
  static constexpr int64_t kBlock = 64;

  // dots += the product of the entries [first, last) of `rows` with `columns`; Note: rows with a dot are noted (twice
  // where the dot was 0 on the way).
  template <bool Note>
  void add(int32_t first, int32_t last, Accumulator<Dot>& accumulator) const {
    Dot* const dots = accumulator.dots.data();
    for (int32_t n = first; n < last; ++n) {
      const int32_t column = rows_.indices[n], end = columns_.indptr[column + 1];
      for (int32_t m = columns_.indptr[column]; m < end; ++m) {
        Dot& dot = dots[columns_.indices[m]];
        if constexpr (Note)
          if (dot == 0) accumulator.touched.push_back(columns_.indices[m]);
        if constexpr (kWeighted)
          dot += static_cast<double>(rows_.values[n]) * columns_.values[m];
        else
          ++dot;
      }
    }
  }

  // Whether a similarity above `least` can be among rows [begin, end); without a division, and in vectors.
  bool any_hope(int64_t a, const Dot* dots, int64_t begin, int64_t end, Real least) const {
    const Real size = rough_sizes_[a], shrinkage = similarity_.rough_shrinkage();
    const Real* const sizes = rough_sizes_.data();
    int found = 0;
    if (!similarity_.jaccard()) {
      for (int64_t b = begin; b < end; ++b) found |= static_cast<Real>(dots[b]) > least * (size * sizes[b] + shrinkage);
    } else {
      for (int64_t b = begin; b < end; ++b) {
        const Real dot = static_cast<Real>(dots[b]);
        found |= dot > least * (size + sizes[b] - dot + shrinkage);
      }
    }
    return found != 0;
  }

  void offer(int64_t a, int32_t b, Dot shared, NeighborList& best) const {
    const double dot = shared;
    if (!(dot > 0) || b == a) return;
    const float similarity = similarity_.of(a, b, dot);
    if (similarity > 0) best.push({similarity, b});
  }

  const CsrView rows_, columns_;
  const int64_t neighbors_;
  const RowSimilarity similarity_;
  std::vector<Real> rough_sizes_;  // [rows] similarity_.sizes()
};

template <class Kind>
NeighborLists all_lists(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  const Csr columns = transpose(rows, abort);
  const Neighbors<Kind> neighbors(rows, columns.view(), options);
  Accumulators<typename Kind::Dot> accumulators(rows.rows);
  NeighborLists lists(rows.rows);
  parallel_for(rows.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    auto accumulator = accumulators.take();
    for (int64_t r = begin; r < end; ++r) {
      if (aborted(abort)) fail_aborted();
      lists[r] = neighbors.of(r, *accumulator);
    }
    accumulators.give_back(std::move(accumulator));
  });
  return lists;
}

}  // namespace

NeighborLists lists_by_products(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  return rows.values ? all_lists<Weights>(rows, options, abort) : all_lists<Counts>(rows, options, abort);
}

}  // namespace kindred
