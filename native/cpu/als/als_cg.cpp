// Takacs, Pilaszy and Tikk 2011, "Applications of the conjugate gradient method for implicit feedback collaborative
// filtering", section 3.2, in coordinates that precondition it: the matrix is never formed, (I + D'D) p costs one pass
// over the panel. The panel holds rows of Z in bfloat16: the solution moves by their rounding, 2^-9, and the loss, at
// its minimum, by the square of that.
#include "cpu/als/als_cg.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kPanelHalves = 1 << 21;  // 4 MB: beyond the second-level cache, within a share of the third
constexpr int64_t kFirstRows = 32;         // gathered and used at once
constexpr int64_t kNumbersOfWork = 16;     // of the panel that are used in a nanosecond or two

// One row of the log and its vectors; reused from row to row.
class CgRow {
 public:
  CgRow(const CsrView& Cui, const AlsBasis& basis, const AlsOptions& options, const float* given_targets,
        const AbortFlag* abort)
      : Cui_(Cui),
        basis_(basis),
        options_(options),
        given_targets_(given_targets),
        abort_(abort),
        k_(kernels()),
        width_(basis.width()),
        capacity_(std::max(kFirstRows, kPanelHalves / width_)),
        e_(width_),
        r_(width_),
        p_(width_),
        Ap_(width_),
        scaled_(width_),
        sums_(width_),
        panel_(new uint16_t[capacity_ * width_]),
        padded(kAlsBatch * width_),
        W(kAlsBatch * width_) {
    basis.scales(als_penalty(options, 0, Cui.cols), e_.data());
  }

  // w [width], coordinates V'x, after options.cg_steps steps from where it is; NaN when numbers leave the range of
  // floats.
  void solve(int64_t u, float* w) {
    set(u);
    for (int64_t t = 0; t < basis_.factors(); ++t) w[t] /= e_[t];
    const bool finite = steps(w);
    for (int64_t t = 0; t < width_; ++t) w[t] = finite ? w[t] * e_[t] : std::numeric_limits<float>::quiet_NaN();
  }

 private:
  void set(int64_t u) {
    const int64_t first = Cui_.indptr[u];
    ids_ = Cui_.indices + first;
    count_ = Cui_.indptr[u + 1] - first;
    gathered_ = false;
    if (options_.regularization_exponent != 0) basis_.scales(als_penalty(options_, count_, Cui_.cols), e_.data());
    targets_.resize(count_);
    c1_.resize(count_);
    minus_c1_.resize(count_);
    const float w0 = static_cast<float>(options_.unobserved_weight);
    for (int64_t j = 0; j < count_; ++j) {
      const float c1 = options_.alpha * std::fabs(Cui_.values[first + j]);
      c1_[j] = c1;
      minus_c1_[j] = -c1;
      targets_[j] = (w0 + c1) * als_target(Cui_, given_targets_, first + j);
    }
  }

  bool steps(float* x) {
    float *r = r_.data(), *p = p_.data(), *Ap = Ap_.data();
    for (int64_t t = 0; t < width_; ++t) r[t] = -x[t];
    add_products(targets_.data(), minus_c1_.data(), x, r);  // r = D'g - (I + D'D) x
    p_ = r_;
    float rr = k_.dot(r, r, width_);
    if (!(rr <= FLT_MAX)) return false;
    for (int step = 0; step < options_.cg_steps && rr > 1e-20f; ++step) {
      Ap_ = p_;
      add_products(nullptr, c1_.data(), p, Ap);
      const float curvature = k_.dot(p, Ap, width_);
      if (!(curvature <= FLT_MAX)) return false;
      if (!(curvature > 0)) return true;  // rounding has eaten the direction
      const float length = rr / curvature;
      k_.axpy(length, p, x, width_);
      k_.axpy(-length, Ap, r, width_);
      const float next = k_.dot(r, r, width_), beta = next / rr;
      for (int64_t t = 0; t < width_; ++t) p[t] = r[t] + beta * p[t];
      rr = next;
    }
    return true;
  }

  // out += e * sum over j of (a[j] + b[j] z_j . (e * v)) z_j
  void add_products(const float* a, const float* b, const float* v, float* out) {
    for (int64_t t = 0; t < width_; ++t) scaled_[t] = e_[t] * v[t];
    std::fill(sums_.begin(), sums_.end(), 0.0f);
    const bool whole = count_ <= capacity_;
    const int64_t rows = whole && gathered_ ? count_ : kFirstRows;
    Poll poll(abort_);
    for (int64_t first = 0; first < count_; first += rows) {
      const int64_t count = std::min(rows, count_ - first);
      poll(count * width_ / kNumbersOfWork);
      uint16_t* panel = panel_.get() + (whole ? first * width_ : 0);
      if (!whole || !gathered_)
        k_.als.gather_compact(basis_.compact_Z(), width_, ids_ + first, count, count_ - first, panel);
      k_.als.compact_pass(panel, count, width_, a ? a + first : a, b + first, scaled_.data(), sums_.data());
    }
    gathered_ = true;
    for (int64_t t = 0; t < width_; ++t) out[t] += e_[t] * sums_[t];
  }

  const CsrView& Cui_;
  const AlsBasis& basis_;
  const AlsOptions& options_;
  const float* const given_targets_;
  const AbortFlag* const abort_;
  const Kernels& k_;
  const int64_t width_, capacity_;
  const int32_t* ids_ = nullptr;
  int64_t count_ = 0;
  bool gathered_ = false;
  std::vector<float> targets_, c1_, minus_c1_;         // [count]
  std::vector<float> e_, r_, p_, Ap_, scaled_, sums_;  // [width]
  std::unique_ptr<uint16_t[]> panel_;                  // [capacity, width]

 public:
  std::vector<float> padded, W;  // [kAlsBatch, width]
};

}  // namespace

void als_conjugate_gradient(const CsrView& Cui, const AlsBasis& basis, Matrix X, const AlsOptions& options,
                            const float* targets, const AbortFlag* abort) {
  Scratch<CgRow> workspaces([&] { return std::make_unique<CgRow>(Cui, basis, options, targets, abort); });
  als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
    auto row = workspaces.take();
    basis.rotate(X, ids, count, row->padded.data(), row->W.data());
    for (int64_t i = 0; i < count; ++i) {
      if (aborted(abort)) fail_aborted();
      row->solve(ids[i], row->W.data() + i * basis.width());
    }
    basis.rotate_back(row->W.data(), ids, count, row->padded.data(), X);
    workspaces.give_back(std::move(row));
  });
}

}  // namespace kindred
