// Neighbours by comparing every row with every other, densely, in double.
#pragma once

#include "kindred/neighbors/knn.h"

namespace kindred::reference {

Csr nearest_rows(const CsrView& rows, const KnnOptions& options);

// BM25 takes its own length norms.
std::vector<double> weigh(const CsrView& documents, TermWeighting weighting);

}  // namespace kindred::reference
