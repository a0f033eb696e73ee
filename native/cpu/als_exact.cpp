// (I + D'D) w = D'g by Cholesky where a row has at least as many weights as there are factors; otherwise its dual
// (I + DD') v = g, w = D'v, which is smaller.
#include "cpu/als_exact.h"

#include <algorithm>

#include "kindred/error.h"

namespace kindred {
namespace {

constexpr double kSingleRange = 1e4;  // the condition number 1 + max c1 up to which single precision does
constexpr int64_t kPanelRows = 64;    // of D at a time, in the primal

class ExactRow {
 public:
  ExactRow(const CsrView& Cui, const AlsBasis& basis, const AlsOptions& options)
      : Cui_(Cui),
        basis_(basis),
        options_(options),
        k_(kernels().als),
        width_(basis.width()),
        e_(width_),
        panel_(new float[std::max(kPanelRows, basis.factors()) * width_]),
        padded(kAlsBatch * width_),
        W(kAlsBatch * width_) {}

  // w [width], coordinates V'x; false where single precision does not do.
  bool solve(int64_t u, float* w) {
    const int64_t first = Cui_.indptr[u];
    const double lambda = als_penalty(options_, Cui_.indptr[u + 1] - first, Cui_.cols);
    ids_ = Cui_.indices + first;
    count_ = Cui_.indptr[u + 1] - first;
    std::fill_n(w, width_, 0.0f);
    if (!basis_.well_conditioned(lambda)) return false;
    basis_.scales(lambda, e_.data());
    g_.resize(count_);
    roots_.resize(count_);
    k_.confidence(Cui_.values + first, count_, options_.alpha, static_cast<float>(options_.unobserved_weight),
                  roots_.data(), g_.data());
    const double largest = *std::max_element(roots_.begin(), roots_.end());
    if (!(largest * largest <= kSingleRange)) return false;
    const bool solved = count_ < basis_.factors() ? dual(w) : primal(w);
    for (int64_t t = 0; t < width_; ++t) w[t] *= e_[t];
    return solved;
  }

 private:
  bool primal(float* w) {
    set_identity(width_);
    for (int64_t first = 0; first < count_; first += kPanelRows) {
      const int64_t rows = std::min(kPanelRows, count_ - first);
      gather(first, rows);
      k_.panel_gram(panel_.get(), rows, width_, width_, a_.data(), width_);
      k_.panel_combine(panel_.get(), rows, width_, g_.data() + first, w);
    }
    return k_.solve(a_.data(), width_, w);
  }

  bool dual(float* w) {
    const int64_t n = als_width(count_);
    set_identity(n);
    g_.resize(n);  // zeros beyond count
    transposed_.resize(n * width_);
    gather(0, count_);
    k_.row_products(panel_.get(), count_, width_, transposed_.data(), a_.data());
    if (!k_.solve(a_.data(), n, g_.data())) return false;
    k_.panel_combine(panel_.get(), count_, width_, g_.data(), w);
    return true;
  }

  void gather(int64_t first, int64_t count) {
    k_.gather(basis_.Z(), width_, ids_ + first, count, roots_.data() + first, e_.data(), panel_.get());
  }

  void set_identity(int64_t n) {
    a_.assign(n * n, 0.0f);
    for (int64_t i = 0; i < n; ++i) a_[i * n + i] = 1;
  }

  const CsrView& Cui_;
  const AlsBasis& basis_;
  const AlsOptions& options_;
  const AlsKernels& k_;
  const int64_t width_;
  const int32_t* ids_ = nullptr;
  int64_t count_ = 0;
  std::vector<float> e_, g_, roots_, a_, transposed_;
  std::unique_ptr<float[]> panel_;  // rows of D

 public:
  std::vector<float> padded, W;  // [kAlsBatch, width]
};

}  // namespace

void als_exact(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsBasis& basis, Matrix X,
               const AlsOptions& options, const AbortFlag* abort) {
  AlsWorkspaces<ExactRow> workspaces([&] { return std::make_unique<ExactRow>(Cui, basis, options); });
  als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
    auto row = workspaces.take();
    std::vector<int32_t> hard;
    for (int64_t i = 0; i < count; ++i) {
      if (aborted(abort)) fail_aborted();
      if (!row->solve(ids[i], row->W.data() + i * basis.width())) hard.push_back(ids[i]);
    }
    basis.rotate_back(row->W.data(), ids, count, row->padded.data(), X);
    workspaces.give(std::move(row));
    als_solve_directly(Cui, Y, gram_of_y, X, options, hard.data(), static_cast<int64_t>(hard.size()), abort);
  });
}

}  // namespace kindred
