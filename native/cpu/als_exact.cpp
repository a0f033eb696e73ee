// (I + D'D) w = D'g by Cholesky where a row has at least as many weights as there are factors; otherwise its dual
// (I + DD') v = g, w = D'v, which is smaller.
#include "cpu/als_exact.h"

#include <algorithm>

#include "kindred/error.h"

namespace kindred {
namespace {

constexpr double kSingleRange = 1e4;  // the condition number 1 + max c1 up to which single precision does

struct Workspace {
  std::vector<float> a, b, transposed;
};

void set_identity(std::vector<float>& a, int64_t n) {
  a.assign(n * n, 0.0f);
  for (int64_t i = 0; i < n; ++i) a[i * n + i] = 1;
}

bool solve_primal(AlsRow& row, int64_t width, float* w, Workspace& s) {
  const AlsKernels& k = kernels().als;
  set_identity(s.a, width);
  std::fill_n(w, width, 0.0f);
  row.for_panels([&](const float* D, int64_t first, int64_t count) {
    k.panel_gram(D, count, width, width, s.a.data(), width);
    k.panel_pass(D, count, width, row.g() + first, 0, nullptr, w);
  });
  return k.solve(s.a.data(), width, w);
}

bool solve_dual(AlsRow& row, int64_t width, float* w, Workspace& s) {
  const AlsKernels& k = kernels().als;
  const int64_t n = als_width(row.count());
  set_identity(s.a, n);
  s.b.assign(n, 0.0f);
  std::copy_n(row.g(), row.count(), s.b.data());
  s.transposed.resize(n * width);
  std::fill_n(w, width, 0.0f);
  bool solved = false;
  row.for_panels([&](const float* D, int64_t, int64_t count) {
    k.row_products(D, count, width, s.transposed.data(), s.a.data());
    solved = k.solve(s.a.data(), n, s.b.data());
    k.panel_pass(D, count, width, s.b.data(), 0, nullptr, w);
  });
  return solved;
}

}  // namespace

void als_exact(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsBasis& basis, Matrix X,
               const AlsOptions& options, const AbortFlag* abort) {
  const int64_t width = basis.width();
  als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
    AlsRow row(Cui, basis, options);
    Workspace space;
    std::vector<float> padded(count * width), W(count * width);
    std::vector<int32_t> hard;
    for (int64_t i = 0; i < count; ++i) {
      if (aborted(abort)) fail_aborted();
      row.set(ids[i]);
      float* w = W.data() + i * width;
      const bool single = row.largest() <= kSingleRange && basis.well_conditioned(row.lambda());
      const auto solve = row.whole() && row.count() < basis.factors() ? solve_dual : solve_primal;
      if (!single || !solve(row, width, w, space)) hard.push_back(ids[i]);
      for (int64_t t = 0; t < width; ++t) w[t] *= row.e()[t];
    }
    basis.rotate_back(W.data(), ids, count, padded.data(), X);
    als_solve_directly(Cui, Y, gram_of_y, X, options, hard.data(), static_cast<int64_t>(hard.size()), abort);
  });
}

}  // namespace kindred
