// What the solvers of alternating least squares share: coordinates in which every row's system is I + D'D, and the
// order in which rows are solved.
//
// With w0 Y'Y = V diag(values) V', a row's matrix w0 Y'Y + lambda I + sum_i c1_i y_i y_i', c1 = alpha |w|, becomes
// diag(d) + Z'C1 Z in the coordinates z = V'y, d = values + lambda; scaled by e = d^-1/2 it is I + D'D, where row i of
// D is sqrt(c1_i) e * z_i. Its eigenvalues lie in [1, 1 + max c1], whatever Y is: single precision is enough, and
// conjugate gradients need few steps. The right-hand side is D'g, g_i = (w0 + c1_i) p_i / sqrt(c1_i).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/als/als.h"

namespace kindred {

// lambda of a row with `count` stored weights among `columns`.
double als_penalty(const AlsOptions& options, int64_t count, int64_t columns);

// The score that stored weight n should have: 1 or 0 by its sign, unless there are `targets` [nonzeros].
inline float als_target(const CsrView& Cui, const float* targets, int64_t n) {
  return targets ? targets[n] : Cui.values[n] > 0 ? 1.0f : 0.0f;
}

class AlsBasis {
 public:
  // With `compact`, Z is kept in bfloat16: half the memory to fetch, for solvers that do not go to the last digit.
  AlsBasis(ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsOptions& options, bool compact,
           const AbortFlag* abort);

  int64_t factors() const { return factors_; }
  int64_t width() const { return width_; }

  // e [width] of a row with penalty lambda.
  void scales(double lambda, float* e) const;
  // Whether no eigenvalue had to be raised: single precision resolves all of them.
  bool well_conditioned(double lambda) const;
  const float* Z() const { return Z_.get(); }                     // [Y.rows, width], row i is V'y_i; null if compact
  const uint16_t* compact_Z() const { return compact_Z_.get(); }  // the same for AlsKernels::compact_pass
  // Rows [count, width] of V'x from rows `ids` of X, and back.
  void rotate(ConstMatrix X, const int32_t* ids, int64_t count, float* padded, float* out) const;
  void rotate_back(const float* rows, const int32_t* ids, int64_t count, float* padded, Matrix X) const;

 private:
  int64_t factors_, width_;
  std::vector<double> values_;  // [factors], w0 times the eigenvalues of Y'Y, largest first
  std::vector<float> V_, Vt_;   // [width, width]
  std::unique_ptr<float[]> Z_;  // [Y.rows, width], row i is V'y_i, or
  std::unique_ptr<uint16_t[]> compact_Z_;
};

// Rows with stored weights, those with most first, in chunks of similar work; the others become zero rows of X.
// body(ids, count) is called once per chunk of at most kAlsBatch rows.
constexpr int64_t kAlsBatch = 32;
void als_for_rows(const CsrView& Cui, Matrix X, const AbortFlag* abort,
                  const std::function<void(const int32_t* ids, int64_t count)>& body);

// The same systems in double, each written out: for few rows, and where single precision is not enough.
void als_solve_directly(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                        const AlsOptions& options, const float* targets, const int32_t* ids, int64_t count,
                        const AbortFlag* abort);

}  // namespace kindred
