// Singular values and right singular vectors through the eigenvectors of the dense A'A, in double.
#pragma once

#include <vector>

#include "kindred/linalg/svd.h"

namespace kindred::reference {

struct Svd {
  std::vector<double> values;   // [cols], largest first
  std::vector<double> vectors;  // [cols, cols], one right singular vector a column, its largest component positive
};

Svd svd(const CsrView& a);

}  // namespace kindred::reference
