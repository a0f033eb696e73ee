#include "kindred/knn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>

#include "cpu/best_list.h"
#include "kindred/error.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 8;

// What one thread needs for a row; `dots` is all zeros between rows.
struct Accumulator {
  explicit Accumulator(int64_t rows) : dots(rows, 0.0) {}
  std::vector<double> dots;      // [rows]
  std::vector<int32_t> touched;  // rows with a dot, while few
};

// Accumulators outlive their chunk, so that [rows] zeros are written once a thread.
class Accumulators {
 public:
  explicit Accumulators(int64_t rows) : rows_(rows) {}

  std::unique_ptr<Accumulator> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto accumulator = std::move(idle_.back());
        idle_.pop_back();
        return accumulator;
      }
    }
    return std::make_unique<Accumulator>(rows_);
  }

  void give_back(std::unique_ptr<Accumulator> accumulator) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(accumulator));
  }

 private:
  int64_t rows_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Accumulator>> idle_;
};

class Neighbors {
 public:
  Neighbors(const CsrView& rows, const CsrView& columns, const KnnOptions& options)
      : rows_(rows), columns_(columns), options_(options), sizes_(rows.rows) {
    for (int64_t r = 0; r < rows.rows; ++r) {
      const int32_t first = rows.indptr[r], last = rows.indptr[r + 1];
      if (options.similarity == KnnSimilarity::jaccard || !rows.values) {
        sizes_[r] = last - first;
      } else {
        for (int32_t n = first; n < last; ++n)
          sizes_[r] += static_cast<double>(rows.values[n]) * static_cast<double>(rows.values[n]);
      }
      if (options.similarity == KnnSimilarity::cosine) sizes_[r] = std::sqrt(sizes_[r]);
    }
  }

  // The list of row `r`, by column.
  std::vector<Scored> of(int64_t r, Accumulator& accumulator) const {
    BestList best(std::min(options_.neighbors, rows_.rows));
    const bool weighted = options_.similarity == KnnSimilarity::cosine && rows_.values != nullptr;
    const int32_t first = rows_.indptr[r], last = rows_.indptr[r + 1];
    int64_t products = 0;
    for (int32_t n = first; n < last; ++n)
      products += columns_.indptr[rows_.indices[n] + 1] - columns_.indptr[rows_.indices[n]];
    double* const dots = accumulator.dots.data();
    if (products * 4 < rows_.rows) {
      collect(first, last, weighted, accumulator);
      for (const int32_t b : accumulator.touched) offer(r, b, dots, best);
      accumulator.touched.clear();
    } else {
      for (int32_t n = first; n < last; ++n) add(n, weighted, dots);
      for (int64_t b = 0; b < rows_.rows; ++b)
        if (dots[b] != 0) offer(r, static_cast<int32_t>(b), dots, best);
    }
    std::vector<Scored> list = best.entries();
    std::sort(list.begin(), list.end(), [](const Scored& a, const Scored& b) { return a.item < b.item; });
    return list;
  }

 private:
  // dots += entry n of `rows` times its row of `columns`
  void add(int32_t n, bool weighted, double* dots) const {
    const int32_t column = rows_.indices[n];
    const int32_t *row = columns_.indices + columns_.indptr[column],
                  *end = columns_.indices + columns_.indptr[column + 1];
    if (!weighted) {
      for (; row < end; ++row) dots[*row] += 1;
      return;
    }
    const double weight = rows_.values[n];
    const float* value = columns_.values + columns_.indptr[column];
    for (; row < end; ++row, ++value) dots[*row] += weight * *value;
  }

  // The same for entries [first, last), noting which rows have a dot (one twice whose dot was 0 on the way).
  void collect(int32_t first, int32_t last, bool weighted, Accumulator& accumulator) const {
    double* const dots = accumulator.dots.data();
    for (int32_t n = first; n < last; ++n) {
      const double weight = weighted ? rows_.values[n] : 1.0;
      const int32_t column = rows_.indices[n];
      for (int32_t m = columns_.indptr[column]; m < columns_.indptr[column + 1]; ++m) {
        double& dot = dots[columns_.indices[m]];
        if (dot == 0) accumulator.touched.push_back(columns_.indices[m]);
        dot += weighted ? weight * columns_.values[m] : 1.0;
      }
    }
  }

  // Takes dots[b] and leaves 0.
  void offer(int64_t a, int32_t b, double* dots, BestList& best) const {
    const double dot = dots[b];
    dots[b] = 0;
    if (!(dot > 0) || b == a) return;
    const double size =
        options_.similarity == KnnSimilarity::cosine ? sizes_[a] * sizes_[b] : sizes_[a] + sizes_[b] - dot;
    const float similarity = static_cast<float>(dot / (size + options_.shrinkage));
    if (similarity > 0) best.push({similarity, b});
  }

  const CsrView rows_, columns_;
  const KnnOptions options_;
  std::vector<double> sizes_;  // [rows] norms or counts
};

}  // namespace

Csr nearest_rows(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  if (!(options.shrinkage >= 0)) fail_value("shrinkage: expected at least 0.");
  const Csr columns = transpose(rows, abort);
  const Neighbors neighbors(rows, columns.view(), options);
  Accumulators accumulators(rows.rows);
  std::vector<std::vector<Scored>> lists(rows.rows);
  parallel_for(rows.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    auto accumulator = accumulators.take();
    for (int64_t r = begin; r < end; ++r) {
      if (aborted(abort)) fail_aborted();
      lists[r] = neighbors.of(r, *accumulator);
    }
    accumulators.give_back(std::move(accumulator));
  });

  Csr out;
  out.rows = out.cols = rows.rows;
  out.indptr.assign(rows.rows + 1, 0);
  int64_t total = 0;
  for (int64_t r = 0; r < rows.rows; ++r) {
    total += static_cast<int64_t>(lists[r].size());
    if (total > std::numeric_limits<int32_t>::max())
      throw Error("ERR_TOO_LARGE", "neighbors: expected at most 2147483647 in all lists together. Ask for fewer.");
    out.indptr[r + 1] = static_cast<int32_t>(total);
  }
  out.indices.resize(total);
  out.values.resize(total);
  for (int64_t r = 0, at = 0; r < rows.rows; ++r)
    for (const Scored& scored : lists[r]) {
      out.indices[at] = scored.item;
      out.values[at++] = scored.score;
    }
  return out;
}

}  // namespace kindred
