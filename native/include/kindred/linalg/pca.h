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

}  // namespace kindred
