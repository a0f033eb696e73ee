// The largest singular values and right singular vectors of a matrix by randomised subspace iteration (Halko,
// Martinsson and Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.1).
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// One step in place: basis [cols, width] <- an orthonormal basis of A'A basis, A [rows, cols] and its transpose.
// Directions beyond the rank of A become columns of 0. Products are in float, the Gram matrix that orthonormalises
// in double. The same bits for any number of threads.
void subspace_step(const CsrView& a, const CsrView& transposed, Matrix basis, const AbortFlag* abort);

// The same of a dense A, or of A less `mean` [cols] in each row unless that is null.
void subspace_step(ConstMatrix a, const double* mean, Matrix basis, const AbortFlag* abort);

struct SingularVectors {
  std::vector<float> values;   // [count], largest first
  std::vector<float> vectors;  // [cols, count], one right singular vector a column, its largest component positive
};

// The `count` largest of A's restriction to an orthonormal basis [cols, width]; count <= width. Beyond the rank of A
// both are 0.
SingularVectors singular_vectors(const CsrView& a, ConstMatrix basis, int64_t count, const AbortFlag* abort);
SingularVectors singular_vectors(ConstMatrix a, const double* mean, ConstMatrix basis, int64_t count,
                                 const AbortFlag* abort);

}  // namespace kindred
