#include "kindred/select/column_statistics.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kCols = 64;  // of a chunk: four cache lines of each row
constexpr int64_t kRowsPerChunk = 512;
constexpr int64_t kBlock = 256;         // columns whose correlations are computed at a time
constexpr int64_t kRowsOfBlock = 4096;  // summed in float
constexpr int64_t kGrain = 16;

[[noreturn]] void fail_number(int64_t row, int64_t column, float value, const char* expected) {
  fail_value("matrix: expected " + std::string(expected) + " but row " + std::to_string(row) + " holds " +
             std::to_string(value) + " in column " + std::to_string(column) + ".");
}

// body(begin, end) for chunks of columns.
template <class Body>
void each_chunk(int64_t cols, const AbortFlag* abort, Body body) {
  parallel_for(cols, kCols, abort, body);
}

// visit(row, its numbers from `begin` on) for each row.
template <class Visit>
void each_row(ConstMatrix x, int64_t begin, const AbortFlag* abort, Visit visit) {
  Poll poll(abort);
  for (int64_t r = 0; r < x.rows; ++r) {
    poll(kCols);
    visit(r, x.row(r) + begin);
  }
}

void check_finite(ConstMatrix x, int64_t begin, int64_t width, const double* sums) {
  for (int64_t c = 0; c < width; ++c) {
    if (std::isfinite(sums[c])) continue;
    for (int64_t r = 0; r < x.rows; ++r)
      if (!std::isfinite(x.row(r)[begin + c])) fail_number(r, begin + c, x.row(r)[begin + c], "finite numbers");
  }
}

}  // namespace

TargetMoments target_moments(ConstMatrix x, const double* target, const AbortFlag* abort) {
  TargetMoments out{std::vector<double>(x.cols, 0.0), std::vector<double>(x.cols, 0.0),
                    std::vector<double>(target ? x.cols : 0, 0.0)};
  if (x.rows == 0) return out;
  const auto n = static_cast<double>(x.rows);
  double target_mean = 0;
  if (target)
    in_steps(x.rows, abort, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) target_mean += target[r];
    });
  target_mean /= n;
  each_chunk(x.cols, abort, [&](int64_t begin, int64_t end) {
    const int64_t width = end - begin;
    double *const means = out.means.data() + begin, *const variances = out.variances.data() + begin;
    each_row(x, begin, abort, [&](int64_t, const float* row) {
      for (int64_t c = 0; c < width; ++c) means[c] += row[c];
    });
    check_finite(x, begin, width, means);
    for (int64_t c = 0; c < width; ++c) means[c] /= n;
    each_row(x, begin, abort, [&](int64_t, const float* row) {
      for (int64_t c = 0; c < width; ++c) variances[c] += (row[c] - means[c]) * (row[c] - means[c]);
    });
    for (int64_t c = 0; c < width; ++c) variances[c] /= n;
    if (!target) return;
    double* const covariances = out.covariances.data() + begin;
    each_row(x, begin, abort, [&](int64_t r, const float* row) {
      for (int64_t c = 0; c < width; ++c) covariances[c] += (row[c] - means[c]) * (target[r] - target_mean);
    });
    for (int64_t c = 0; c < width; ++c) covariances[c] /= n;
  });
  return out;
}

ClassSums class_sums(ConstMatrix x, const int32_t* classes_of, int64_t classes, bool counted, const AbortFlag* abort) {
  if (classes < 1 || classes > x.rows)
    fail_shape("classes: expected at least 1, and no more than the " + std::to_string(x.rows) + " rows, but received " +
               std::to_string(classes) + ".");
  ClassSums out{std::vector<double>(classes, 0.0), std::vector<double>(classes * x.cols, 0.0),
                std::vector<double>(x.cols, 0.0)};
  in_steps(x.rows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (classes_of[r] < 0 || classes_of[r] >= classes)
        fail_shape("classes: expected classes below " + std::to_string(classes) + " but row " + std::to_string(r) +
                   " has " + std::to_string(classes_of[r]) + ".");
      out.counts[classes_of[r]] += 1;
    }
  });
  each_chunk(x.cols, abort, [&](int64_t begin, int64_t end) {
    const int64_t width = end - begin;
    double totals[kCols] = {};
    each_row(x, begin, abort, [&](int64_t r, const float* row) {
      double* const sums = out.sums.data() + classes_of[r] * x.cols + begin;
      for (int64_t c = 0; c < width; ++c) {
        if (counted && row[c] < 0) fail_number(r, begin + c, row[c], "counts or frequencies, at least 0,");
        sums[c] += row[c];
        totals[c] += row[c];
      }
    });
    check_finite(x, begin, width, totals);
    each_row(x, begin, abort, [&](int64_t r, const float* row) {
      const double* const sums = out.sums.data() + classes_of[r] * x.cols + begin;
      const double count = out.counts[classes_of[r]];
      for (int64_t c = 0; c < width; ++c) {
        const double from_mean = row[c] - sums[c] / count;
        out.within[begin + c] += from_mean * from_mean;
      }
    });
  });
  return out;
}

CorrelatedColumns correlated_columns(const float* columns, int64_t cols, int64_t rows, double threshold,
                                     const AbortFlag* abort) {
  CorrelatedColumns out{std::vector<int32_t>(cols, -1), std::vector<double>(cols, 0.0)};
  if (rows == 0) return out;
  GemmScratch scratch;
  std::vector<float> block;
  std::vector<double> sums;
  Poll poll(abort);
  for (int64_t begin = 0; begin < cols; begin += kBlock) {
    const int64_t count = std::min(kBlock, cols - begin), width = begin + count;
    block.resize(count * width);
    sums.assign(count * width, 0.0);
    for (int64_t r0 = 0; r0 < rows; r0 += kRowsOfBlock) {
      const int64_t depth = std::min(kRowsOfBlock, rows - r0);
      gemm_overwrite(Strided(columns + begin * rows + r0, count, depth, rows, 1),
                     Strided(columns + r0, width, depth, rows, 1).transposed(), nullptr,
                     Matrix(block.data(), count, width), abort, &scratch);
      parallel_for(count, kGrain, abort, [&](int64_t first, int64_t last) {
        for (int64_t i = first * width; i < last * width; ++i) sums[i] += block[i];
      });
    }
    for (int64_t j = begin; j < width; ++j) {
      poll(j + 1);
      for (int64_t i = 0; i < j && out.earlier[j] < 0; ++i) {
        const double r = sums[(j - begin) * width + i] / static_cast<double>(rows);
        if (out.earlier[i] >= 0 || !(std::fabs(r) > threshold)) continue;
        out.earlier[j] = static_cast<int32_t>(i);
        out.correlations[j] = std::clamp(r, -1.0, 1.0);
      }
    }
  }
  return out;
}

void take_columns(ConstMatrix x, const int32_t* columns, int64_t count, float* out, const AbortFlag* abort) {
  for (int64_t c = 0; c < count; ++c)
    if (columns[c] < 0 || columns[c] >= x.cols)
      fail_shape("columns: expected columns of the matrix, which has " + std::to_string(x.cols) + ", but received " +
                 std::to_string(columns[c]) + ".");
  parallel_for(x.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < count; ++c) out[r * count + c] = x.row(r)[columns[c]];
  });
}

}  // namespace kindred
