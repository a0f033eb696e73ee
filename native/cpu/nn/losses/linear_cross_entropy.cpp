#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/losses/large_softmax.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

// Logits in memory at a time: 4 MiB.
constexpr int64_t kRows = 512;
constexpr int64_t kClasses = 2048;
// Of all classes of a row together: as many, of 64 rows at least.
constexpr int64_t kLogits = 1 << 20;
constexpr int64_t kLeastRows = 64;
constexpr int64_t kMostClasses = 1 << 16;
constexpr int64_t kRowsOfTask = 8;
constexpr int64_t kColsOfTask = 256;
// The logit of a class that is excluded: less than any other, and finite, since a block may have no other class.
constexpr float kExcluded = -1e30f;

// The rows that have a label, moved together where others lie between them.
struct Labelled {
  std::vector<int32_t> rows;
  std::vector<float> copies;
  std::vector<float> own;  // the logit of the label
  ConstMatrix x;

  int64_t count() const { return static_cast<int64_t>(rows.size()); }
};

Labelled labelled(const LargeSoftmax& of, const AbortFlag* abort) {
  check_excluded(of.excluded, of.x.rows, of.w.rows);
  Labelled out;
  for (int64_t r = 0; r < of.x.rows; ++r) {
    if (of.labels[r] >= of.w.rows)
      fail_value("labels[" + std::to_string(r) + "]: expected a class below " + std::to_string(of.w.rows) +
                 " but received " + std::to_string(of.labels[r]) + ".");
    if (of.labels[r] >= 0) out.rows.push_back(static_cast<int32_t>(r));
  }
  out.own.resize(out.rows.size());
  out.x = of.x;
  const int64_t dims = of.x.cols;
  const bool moves = out.count() < of.x.rows;
  if (moves) {
    out.copies.resize(out.count() * dims);
    out.x = {out.copies.data(), out.count(), dims};
  }
  parallel_for(out.count(), kRowsOfTask, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t r = out.rows[i], label = of.labels[r];
      if (moves) std::copy_n(of.x.row(r), dims, out.copies.data() + i * dims);
      out.own[i] = kernels().dot(of.x.row(r), of.w.row(label), dims) + (of.bias ? of.bias[label] : 0.0f);
    }
  });
  return out;
}

// Rows [i, i + rows) of those with a label by classes [j, j + cols).
struct Block {
  int64_t i, rows, j, cols;
};

ConstMatrix rows_of(ConstMatrix m, int64_t begin, int64_t count) { return {m.row(begin), count, m.cols, m.stride}; }

// p is the logits of row `row` for classes [j, j + cols).
void exclude(const LargeSoftmax& of, int64_t row, int64_t j, int64_t cols, float* p) {
  const int32_t* const ids = of.excluded.ids + row * of.excluded.width;
  for (int64_t n = 0; n < of.excluded.width; ++n)
    if (ids[n] >= j && ids[n] < j + cols && ids[n] != of.labels[row]) p[ids[n] - j] = kExcluded;
}

// Of every block [rows, cols], classes by classes: softmax(logits) within it, and the logarithm of the sum of
// exp(logit - own logit) of each of its rows, which has the digits of the loss however large the logits are.
template <class Use>
void for_blocks(const LargeSoftmax& of, const Labelled& given, int64_t rows, int64_t classes, GemmScratch& scratch,
                const AbortFlag* abort, const Use& use) {
  const int64_t most = std::min(rows, given.count()) * std::min(classes, of.w.rows);
  const std::unique_ptr<float[]> memory(new float[most]);
  float log_sums[kRows];
  for (int64_t j = 0; j < of.w.rows; j += classes)
    for (int64_t i = 0; i < given.count(); i += rows) {
      const Block block{i, std::min(rows, given.count() - i), j, std::min(classes, of.w.rows - j)};
      const Matrix p{memory.get(), block.rows, block.cols};
      parallel_for(block.rows, kRowsOfTask, abort, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
          for (int64_t c = 0; c < block.cols; ++c) p.row(r)[c] = (of.bias ? of.bias[j + c] : 0.0f) - given.own[i + r];
      });
      gemm(1, rows_of(given.x, i, block.rows), Strided(rows_of(of.w, j, block.cols)).transposed(), p, GemmRegion::full,
           abort, &scratch);
      parallel_for(block.rows, kRowsOfTask, abort, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          if (of.excluded.width > 0) exclude(of, given.rows[i + r], j, p.cols, p.row(r));
          log_sums[r] = kernels().nn.softmax(p.row(r), p.cols, p.row(r));
        }
      });
      use(block, p, log_sums);
    }
}

float factor_of(const LargeSoftmax& of, int64_t row) { return of.factors ? of.factors[row] : 1.0f; }

// The gradient, block by block.
class GradientSums {
 public:
  GradientSums(const LargeSoftmax& of, const Labelled& given, LargeSoftmaxGradient out)
      : of_(of), given_(given), out_(out), moved_(!given.copies.empty()) {
    const int64_t dims = of.x.cols;
    if (out.dx) std::fill_n(out.dx, of.x.rows * dims, 0.0f);
    if (out.dw) std::fill_n(out.dw, of.w.rows * dims, 0.0f);
    if (out.dbias) std::fill_n(out.dbias, of.w.rows, 0.0f);
    if (out.dx && moved_) moved_dx_.resize(given.count() * dims);
  }

  // Of probabilities p within the block, which are overwritten; share_of(r) is the block's part of the row's whole.
  template <class Share>
  void add(const Block& block, Matrix p, float factor, GemmScratch& scratch, const AbortFlag* abort,
           const Share& share_of) {
    const int64_t dims = of_.x.cols;
    parallel_for(block.rows, kRowsOfTask, abort, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const int64_t row = given_.rows[block.i + r], place = of_.labels[row] - block.j;
        const float of_row = factor * factor_of(of_, row);
        kernels().scale(of_row * static_cast<float>(share_of(r)), p.row(r), p.cols);
        if (place >= 0 && place < block.cols) p.row(r)[place] -= of_row;
      }
    });
    const ConstMatrix w = rows_of(of_.w, block.j, block.cols);
    float* const dx = moved_ ? moved_dx_.data() : out_.dx;
    if (out_.dx) gemm(1, Strided(p), w, {dx + block.i * dims, block.rows, dims}, GemmRegion::full, abort, &scratch);
    if (out_.dw)
      gemm(1, Strided(p).transposed(), rows_of(given_.x, block.i, block.rows),
           {out_.dw + block.j * dims, block.cols, dims}, GemmRegion::full, abort, &scratch);
    if (out_.dbias)
      parallel_for(block.cols, kColsOfTask, abort, [&](int64_t begin, int64_t end) {
        for (int64_t r = 0; r < block.rows; ++r)
          kernels().axpy(1.0f, p.row(r) + begin, out_.dbias + block.j + begin, end - begin);
      });
  }

  void finish() {
    const int64_t dims = of_.x.cols;
    if (out_.dx && moved_)
      for (int64_t i = 0; i < given_.count(); ++i)
        std::copy_n(moved_dx_.data() + i * dims, dims, out_.dx + given_.rows[i] * dims);
  }

 private:
  const LargeSoftmax& of_;
  const Labelled& given_;
  const LargeSoftmaxGradient out_;
  const bool moved_;  // rows without a label lie between the others
  std::vector<float> moved_dx_;
};

double log_of_sum(double a, double b) {
  const double greater = std::max(a, b);
  return greater + std::log(std::exp(a - greater) + std::exp(b - greater));
}

}  // namespace

void check_excluded(const ExcludedClasses& excluded, int64_t rows, int64_t classes) {
  for (int64_t n = 0; n < rows * excluded.width; ++n)
    if (excluded.ids[n] >= classes)
      fail_value("excluded: expected classes below " + std::to_string(classes) + " but one is " +
                 std::to_string(excluded.ids[n]) + ".");
}

float linear_cross_entropy(const LargeSoftmax& of, float* losses, GemmScratch& scratch, const AbortFlag* abort) {
  const Labelled given = labelled(of, abort);
  std::fill_n(losses, of.x.rows, 0.0f);
  if (given.count() == 0) return 0;
  std::vector<double> sums(given.count());
  for_blocks(of, given, kRows, kClasses, scratch, abort, [&](const Block& block, Matrix, const float* log_sums) {
    for (int64_t r = 0; r < block.rows; ++r) {
      double& sum = sums[block.i + r];
      sum = block.j == 0 ? log_sums[r] : log_of_sum(sum, log_sums[r]);
    }
  });
  double total = 0;
  for (int64_t i = 0; i < given.count(); ++i) {
    losses[given.rows[i]] = static_cast<float>(sums[i]);
    total += sums[i] * factor_of(of, given.rows[i]);
  }
  return static_cast<float>(total / static_cast<double>(given.count()));
}

void linear_cross_entropy_gradient(const LargeSoftmax& of, const float* losses, float dloss, LargeSoftmaxGradient out,
                                   GemmScratch& scratch, const AbortFlag* abort) {
  const Labelled given = labelled(of, abort);
  GradientSums sums(of, given, out);
  if (given.count() == 0) return;
  const float factor = dloss / static_cast<float>(given.count());
  for_blocks(of, given, kRows, kClasses, scratch, abort, [&](const Block& block, Matrix p, const float* log_sums) {
    sums.add(block, p, factor, scratch, abort,
             [&](int64_t r) { return std::exp(static_cast<double>(log_sums[r]) - losses[given.rows[block.i + r]]); });
  });
  sums.finish();
}

float linear_cross_entropy_with_gradient(const LargeSoftmax& of, LargeSoftmaxGradient out, GemmScratch& scratch,
                                         const AbortFlag* abort) {
  if (of.w.rows > kMostClasses) {
    std::vector<float> losses(of.x.rows);
    const float loss = linear_cross_entropy(of, losses.data(), scratch, abort);
    linear_cross_entropy_gradient(of, losses.data(), 1.0f, out, scratch, abort);
    return loss;
  }
  const Labelled given = labelled(of, abort);
  GradientSums sums(of, given, out);
  if (given.count() == 0) return 0;
  const float factor = 1.0f / static_cast<float>(given.count());
  const int64_t rows = std::clamp(kLogits / of.w.rows, kLeastRows, kRows);
  double total = 0;
  for_blocks(of, given, rows, of.w.rows, scratch, abort, [&](const Block& block, Matrix p, const float* log_sums) {
    for (int64_t r = 0; r < block.rows; ++r)
      total += static_cast<double>(log_sums[r]) * factor_of(of, given.rows[block.i + r]);
    sums.add(block, p, factor, scratch, abort, [](int64_t) { return 1.0; });
  });
  sums.finish();
  return static_cast<float>(total / static_cast<double>(given.count()));
}

}  // namespace kindred::nn
