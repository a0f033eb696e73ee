#include "kindred/linalg/pca.h"

#include <algorithm>
#include <string>

#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {

Pca pca(ConstMatrix x, int64_t count, const AbortFlag* abort) {
  const int64_t dims = x.cols;
  if (count < 1 || count > dims)
    fail_value("pca: expected from 1 to " + std::to_string(dims) + " components but received " + std::to_string(count) +
               ".");
  if (x.rows < 1) fail_value("pca: expected at least one row but received none.");
  Pca out;
  out.mean.assign(dims, 0.0);
  Poll poll(abort);
  for (int64_t r = 0; r < x.rows; ++r, poll(dims))
    for (int64_t c = 0; c < dims; ++c) out.mean[c] += x.row(r)[c];
  const double rows = static_cast<double>(x.rows);
  for (double& m : out.mean) m /= rows;
  std::vector<double> covariance = gram(x, abort);
  for (int64_t i = 0; i < dims; ++i)
    for (int64_t j = 0; j < dims; ++j)
      covariance[i * dims + j] = covariance[i * dims + j] / rows - out.mean[i] * out.mean[j];
  const SymmetricEigen eigen = symmetric_eigen(covariance.data(), dims, abort);
  out.components.assign(eigen.vectors.begin(), eigen.vectors.begin() + count * dims);
  out.variances.assign(eigen.values.begin(), eigen.values.begin() + count);
  for (double& v : out.variances) v = std::max(v, 0.0);
  return out;
}

}  // namespace kindred
