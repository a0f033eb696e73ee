// Principal component analysis (Pearson 1901).
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct Pca {
  std::vector<double> mean;       // [dims]
  std::vector<float> components;  // [count, dims], orthonormal rows, the largest variance first; of each the largest
                                  // element is positive
  std::vector<double> variances;  // [count], of the rows along each component (divided by rows, not rows - 1)
};

// The `count` leading components of x [rows, dims]. Covariance and decomposition are in double; the same bits for any
// number of threads. Throws ERR_VALUE unless 1 <= count <= dims, rows >= 1 and x is finite.
Pca pca(ConstMatrix x, int64_t count, const AbortFlag* abort);

// Directions in which rows spread, the furthest first.
struct PrincipalAxes {
  std::vector<double> mean;    // [dims], of the rows; empty where they are not centred
  std::vector<double> values;  // squared singular values: all that there are, largest first, none below 0
  std::vector<float> vectors;  // [count, dims], orthonormal rows; of each the largest element is positive
};

// How many axes: `count`, or where it is 0 the fewest whose values sum to more than `share` of all of them.
struct AxesWanted {
  int64_t count = 0;
  double share = 1;
};

// The eigenvectors of a scatter matrix [dims, dims], symmetric; no mean. ERR_VALUE unless 1 <= count <= dims or
// 0 < share < 1.
PrincipalAxes leading_axes(const double* sums, int64_t dims, AxesWanted wanted, const AbortFlag* abort);

// The right singular vectors of x [rows, dims], rows <= dims, of rows less their mean with `centred`, by the
// eigenvectors of x x' in double: time O(rows^2 dims + rows^3). Where the rank is less than count, orthonormal
// directions in which nothing varies follow. count <= rows; throws as leading_axes, and for what is not finite.
PrincipalAxes row_space_axes(ConstMatrix x, bool centred, AxesWanted wanted, const AbortFlag* abort);

// sums [dims, dims] += sum over i of weights[i] v_i v_i', v_i = row i of vectors [count, dims]
void add_outer_products(ConstMatrix vectors, const double* weights, double* sums, const AbortFlag* abort);

}  // namespace kindred
