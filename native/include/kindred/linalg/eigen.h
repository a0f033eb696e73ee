// Eigenvalues and eigenvectors of real symmetric matrices.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// a = sum over i of values[i] * v_i v_i', v_i = row i of vectors, where there are n of them.
struct SymmetricEigen {
  std::vector<double> values;   // [n], largest first
  std::vector<double> vectors;  // [count, n], one orthonormal eigenvector a row; its largest component is positive
};

// a [n, n] symmetric; only j <= i is read. Householder tridiagonalisation, then implicit QL (EISPACK tred2 and tql2;
// Bowdler, Martin, Reinsch and Wilkinson 1968). All eigenvalues, and the vectors of the `count` largest (at most n).
// O(n^3), the tridiagonalisation on one thread; the same bits for any number of them.
// Throws ERR_VALUE if an element is not finite, ERR_ABORTED.
SymmetricEigen symmetric_eigen(const double* a, int64_t n, const AbortFlag* abort, int64_t count);
inline SymmetricEigen symmetric_eigen(const double* a, int64_t n, const AbortFlag* abort) {
  return symmetric_eigen(a, n, abort, n);
}

}  // namespace kindred
