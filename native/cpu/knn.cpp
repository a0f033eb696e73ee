#include "kindred/knn.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "cpu/accumulators.h"
#include "cpu/best_list.h"
#include "cpu/scored_rows.h"
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
      : rows_(rows), columns_(columns), options_(options), sizes_(rows.rows) {
    for (int64_t r = 0; r < rows.rows; ++r) {
      const int32_t first = rows.indptr[r], last = rows.indptr[r + 1];
      if constexpr (kWeighted) {
        for (int32_t n = first; n < last; ++n)
          sizes_[r] += static_cast<double>(rows.values[n]) * static_cast<double>(rows.values[n]);
      } else {
        sizes_[r] = last - first;
      }
      if (options.similarity == KnnSimilarity::cosine) sizes_[r] = std::sqrt(sizes_[r]);
    }
    rough_sizes_.assign(sizes_.begin(), sizes_.end());
  }

  // The list of row `r`, by column.
  std::vector<Scored> of(int64_t r, Accumulator<Dot>& accumulator) const {
    const int64_t k = std::min(options_.neighbors, rows_.rows);
    BestList best(k);
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
        const Real least = static_cast<int64_t>(best.entries().size()) < k ? 0 : hopeless(best.entries().front().score);
        if (!any_hope(r, dots, begin, end, least)) continue;
        for (int64_t b = begin; b < end; ++b)
          if (dots[b] != 0) offer(r, static_cast<int32_t>(b), dots[b], best);
      }
      std::fill_n(dots, rows_.rows, Dot{0});
    }
    return by_item(best);
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

  // A similarity, in Real, that is certainly not among the best when the worst of them is `worst`.
  static Real hopeless(float worst) { return worst > 1e-30f ? worst * static_cast<Real>(1 - 1e-5) : 0; }

  // Whether a similarity above `least` can be among rows [begin, end); without a division, and in vectors.
  bool any_hope(int64_t a, const Dot* dots, int64_t begin, int64_t end, Real least) const {
    const Real size = rough_sizes_[a], shrinkage = static_cast<Real>(std::min(options_.shrinkage, 1e30));
    const Real* const sizes = rough_sizes_.data();
    int found = 0;
    if (options_.similarity == KnnSimilarity::cosine) {
      for (int64_t b = begin; b < end; ++b) found |= static_cast<Real>(dots[b]) > least * (size * sizes[b] + shrinkage);
    } else {
      for (int64_t b = begin; b < end; ++b) {
        const Real dot = static_cast<Real>(dots[b]);
        found |= dot > least * (size + sizes[b] - dot + shrinkage);
      }
    }
    return found != 0;
  }

  void offer(int64_t a, int32_t b, Dot shared, BestList& best) const {
    const double dot = shared;
    if (!(dot > 0) || b == a) return;
    const double size =
        options_.similarity == KnnSimilarity::cosine ? sizes_[a] * sizes_[b] : sizes_[a] + sizes_[b] - dot;
    const float similarity = static_cast<float>(dot / (size + options_.shrinkage));
    if (similarity > 0) best.push({similarity, b});
  }

  const CsrView rows_, columns_;
  const KnnOptions options_;
  std::vector<double> sizes_;      // [rows] norms or counts
  std::vector<Real> rough_sizes_;  // the same
};

template <class Kind>
std::vector<std::vector<Scored>> all_lists(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  const Csr columns = transpose(rows, abort);
  const Neighbors<Kind> neighbors(rows, columns.view(), options);
  Accumulators<typename Kind::Dot> accumulators(rows.rows);
  std::vector<std::vector<Scored>> lists(rows.rows);
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

bool all_ones(const CsrView& csr) {
  return !csr.values || std::all_of(csr.values, csr.values + csr.nonzeros(), [](float value) { return value == 1; });
}

}  // namespace

Csr nearest_rows(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  if (!(options.shrinkage >= 0)) fail_value("shrinkage: expected at least 0.");
  const bool counts = options.similarity == KnnSimilarity::jaccard || all_ones(rows);
  const CsrView pattern{rows.indptr, rows.indices, nullptr, rows.rows, rows.cols};
  const auto lists = counts ? all_lists<Counts>(pattern, options, abort) : all_lists<Weights>(rows, options, abort);

  return csr_of_lists(lists, rows.rows);
}

}  // namespace kindred
