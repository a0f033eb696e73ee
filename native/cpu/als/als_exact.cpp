// (I + D'D) w = D'g by Cholesky, in all coordinates at once or in one block of them after the other. Where a row has
// fewer weights than there are coordinates, its dual (I + DD') v = g, w = D'v, is smaller.
#include "cpu/als/als_exact.h"

#include <algorithm>

#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr double kSingleRange = 1e4;  // the condition number 1 + max c1 up to which single precision is enough
constexpr int64_t kPanelRows = 64;    // of D at a time

class ExactRow {
 public:
  ExactRow(const CsrView& Cui, const AlsBasis& basis, const AlsOptions& options, const float* targets, int64_t block,
           const AbortFlag* abort)
      : Cui_(Cui),
        basis_(basis),
        options_(options),
        targets_(targets),
        abort_(abort),
        k_(kernels().als),
        width_(basis.width()),
        block_(block),
        e_(width_),
        panel_(new float[std::max(kPanelRows * width_, block * block)]),
        padded(kAlsBatch * width_),
        W(kAlsBatch * width_) {}

  // w [width], coordinates V'x, from where it is unless there is one block only; false where single precision is not
  // enough.
  bool solve(int64_t u, float* w) {
    const int64_t first = Cui_.indptr[u];
    count_ = Cui_.indptr[u + 1] - first;
    ids_ = Cui_.indices + first;
    const double lambda = als_penalty(options_, count_, Cui_.cols);
    if (!basis_.well_conditioned(lambda)) return false;
    basis_.scales(lambda, e_.data());
    // The residual g - D w, in the end that of a block alone.
    rest_.resize(als_width(count_));
    roots_.resize(count_);
    k_.confidence(Cui_.values + first, count_, options_.alpha, static_cast<float>(options_.unobserved_weight),
                  roots_.data(), rest_.data());
    if (targets_) set_rest(targets_ + first);
    const double largest = *std::max_element(roots_.begin(), roots_.end());
    if (!(largest * largest <= kSingleRange)) return false;
    if (block_ >= width_) {
      std::fill_n(w, width_, 0.0f);
    } else {
      for (int64_t t = 0; t < basis_.factors(); ++t) w[t] /= e_[t];
      add_products(0, width_, -1, w);
    }
    for (int64_t begin = 0; begin < width_; begin += block_)
      if (!solve_block(begin, std::min(block_, width_ - begin), w + begin)) return false;
    for (int64_t t = 0; t < width_; ++t) w[t] *= e_[t];
    return true;
  }

 private:
  // rest = g for these targets [count]; 0 for a weight of 0.
  void set_rest(const float* targets) {
    const float w0 = static_cast<float>(options_.unobserved_weight);
    for (int64_t j = 0; j < count_; ++j) rest_[j] = roots_[j] > 0 ? (w0 / roots_[j] + roots_[j]) * targets[j] : 0.0f;
  }

  // Coordinates [begin, begin + width), w those of the row.
  bool solve_block(int64_t begin, int64_t width, float* w) {
    if (block_ < width_) add_products(begin, width, 1, w);
    const bool solved = count_ < width ? dual(begin, width, w) : primal(begin, width, w);
    if (solved && begin + width < width_) add_products(begin, width, -1, w);
    return solved;
  }

  bool primal(int64_t begin, int64_t width, float* w) {
    set_identity(width);
    std::fill_n(w, width, 0.0f);
    for (int64_t first = 0; first < count_; first += kPanelRows) {
      if (aborted(abort_)) fail_aborted();
      const int64_t rows = std::min(kPanelRows, count_ - first);
      gather(begin, width, first, rows);
      k_.panel_gram(panel_.get(), rows, width, a_.data());
      k_.panel_combine(panel_.get(), rows, width, rest_.data() + first, w);
    }
    return k_.solve(a_.data(), width, w);
  }

  bool dual(int64_t begin, int64_t width, float* w) {
    const int64_t n = als_width(count_);
    set_identity(n);
    v_ = rest_;
    std::fill(v_.begin() + count_, v_.end(), 0.0f);
    transposed_.resize(n * width);
    gather(begin, width, 0, count_);
    k_.row_products(panel_.get(), count_, width, transposed_.data(), a_.data());
    if (!k_.solve(a_.data(), n, v_.data())) return false;
    std::fill_n(w, width, 0.0f);
    k_.panel_combine(panel_.get(), count_, width, v_.data(), w);
    return true;
  }

  // rest += sign * D w over coordinates [begin, begin + width)
  void add_products(int64_t begin, int64_t width, float sign, const float* w) {
    for (int64_t first = 0; first < count_; first += kPanelRows) {
      if (aborted(abort_)) fail_aborted();
      const int64_t rows = std::min(kPanelRows, count_ - first);
      gather(begin, width, first, rows);
      k_.panel_products(panel_.get(), rows, width, sign, w, rest_.data() + first);
    }
  }

  void gather(int64_t begin, int64_t width, int64_t first, int64_t count) {
    k_.gather(basis_.Z() + begin, width_, width, ids_ + first, count, roots_.data() + first, e_.data() + begin,
              panel_.get());
  }

  void set_identity(int64_t n) {
    a_.assign(n * n, 0.0f);
    for (int64_t i = 0; i < n; ++i) a_[i * n + i] = 1;
  }

  const CsrView& Cui_;
  const AlsBasis& basis_;
  const AlsOptions& options_;
  const float* const targets_;
  const AbortFlag* const abort_;
  const AlsKernels& k_;
  const int64_t width_, block_;
  const int32_t* ids_ = nullptr;
  int64_t count_ = 0;
  std::vector<float> e_, rest_, roots_, v_, a_, transposed_;
  std::unique_ptr<float[]> panel_;  // rows of D

 public:
  std::vector<float> padded, W;  // [kAlsBatch, width]
};

}  // namespace

void als_exact(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsBasis& basis, Matrix X,
               const AlsOptions& options, const float* targets, const AbortFlag* abort) {
  const bool blocks = options.solver == AlsSolver::block;
  const int64_t block = blocks ? std::min(basis.width(), als_width(options.block_size)) : basis.width();
  Scratch<ExactRow> workspaces([&] { return std::make_unique<ExactRow>(Cui, basis, options, targets, block, abort); });
  als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
    auto row = workspaces.take();
    std::vector<int32_t> hard;
    if (blocks) basis.rotate(X, ids, count, row->padded.data(), row->W.data());
    for (int64_t i = 0; i < count; ++i) {
      if (aborted(abort)) fail_aborted();
      if (!row->solve(ids[i], row->W.data() + i * basis.width())) hard.push_back(ids[i]);
    }
    basis.rotate_back(row->W.data(), ids, count, row->padded.data(), X);
    workspaces.give_back(std::move(row));
    als_solve_directly(Cui, Y, gram_of_y, X, options, targets, hard.data(), static_cast<int64_t>(hard.size()), abort);
  });
}

}  // namespace kindred
