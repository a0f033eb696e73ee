#include "reference/sparse/csr.h"

#include <algorithm>
#include <tuple>

namespace kindred::reference {
namespace {

using Triple = std::tuple<int32_t, int32_t, float>;  // row, column, value

Csr from_triples(std::vector<Triple> triples, bool has_values, int64_t rows, int64_t cols) {
  std::sort(triples.begin(), triples.end());
  Csr csr;
  csr.rows = rows;
  csr.cols = cols;
  for (int64_t r = 0; r <= rows; ++r)
    csr.indptr.push_back(static_cast<int32_t>(
        std::count_if(triples.begin(), triples.end(), [&](const Triple& t) { return std::get<0>(t) < r; })));
  for (const auto& [row, col, value] : triples) {
    csr.indices.push_back(col);
    if (has_values) csr.values.push_back(value);
  }
  return csr;
}

}  // namespace

Csr csr_from_pairs(const int32_t* row_of, const int32_t* col_of, const float* values, int64_t count, int64_t rows,
                   int64_t cols) {
  std::vector<Triple> triples;
  for (int64_t n = 0; n < count; ++n) triples.emplace_back(row_of[n], col_of[n], values ? values[n] : 0);
  return from_triples(std::move(triples), values != nullptr, rows, cols);
}

Csr transpose(const CsrView& csr) {
  std::vector<Triple> triples;
  for (int64_t r = 0; r < csr.rows; ++r)
    for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n)
      triples.emplace_back(csr.indices[n], static_cast<int32_t>(r), csr.values ? csr.values[n] : 0);
  return from_triples(std::move(triples), csr.values != nullptr, csr.cols, csr.rows);
}

std::vector<double> multiply(const CsrView& csr, ConstMatrix dense) {
  std::vector<double> out(csr.rows * dense.cols, 0.0);
  for (int64_t r = 0; r < csr.rows; ++r)
    for (int64_t c = 0; c < dense.cols; ++c)
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n)
        out[r * dense.cols + c] += (csr.values ? csr.values[n] : 1.0) * dense.row(csr.indices[n])[c];
  return out;
}

}  // namespace kindred::reference
