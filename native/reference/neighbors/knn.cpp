#include "reference/neighbors/knn.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kindred::reference {
namespace {

// [rows, cols] of doubles, and which places are stored
struct Dense {
  explicit Dense(const CsrView& csr)
      : cols(csr.cols), values(csr.rows * csr.cols, 0.0), stored(csr.rows * csr.cols, 0) {
    for (int64_t r = 0; r < csr.rows; ++r)
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) {
        values[r * cols + csr.indices[n]] = csr.values ? csr.values[n] : 1.0;
        stored[r * cols + csr.indices[n]] = 1;
      }
  }

  double cosine(int64_t a, int64_t b, double shrinkage) const {
    double dot = 0, aa = 0, bb = 0;
    for (int64_t c = 0; c < cols; ++c) {
      const double x = values[a * cols + c], y = values[b * cols + c];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return dot == 0 ? 0 : dot / (std::sqrt(aa) * std::sqrt(bb) + shrinkage);
  }

  double jaccard(int64_t a, int64_t b, double shrinkage) const {
    double both = 0, either = 0;
    for (int64_t c = 0; c < cols; ++c) {
      both += stored[a * cols + c] && stored[b * cols + c];
      either += stored[a * cols + c] || stored[b * cols + c];
    }
    return both == 0 ? 0 : both / (either + shrinkage);
  }

  int64_t cols;
  std::vector<double> values;
  std::vector<char> stored;
};

}  // namespace

Csr nearest_rows(const CsrView& rows, const KnnOptions& options) {
  const Dense dense(rows);
  Csr out;
  out.rows = out.cols = rows.rows;
  out.indptr.push_back(0);
  for (int64_t a = 0; a < rows.rows; ++a) {
    std::vector<std::pair<float, int32_t>> list;  // minus the similarity, row
    for (int64_t b = 0; b < rows.rows; ++b) {
      const auto similarity =
          static_cast<float>(options.similarity == KnnSimilarity::cosine ? dense.cosine(a, b, options.shrinkage)
                                                                         : dense.jaccard(a, b, options.shrinkage));
      if (b != a && similarity > 0) list.emplace_back(-similarity, static_cast<int32_t>(b));
    }
    std::sort(list.begin(), list.end());
    if (static_cast<int64_t>(list.size()) > options.neighbors) list.resize(options.neighbors);
    std::sort(list.begin(), list.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
    for (const auto& [minus, row] : list) {
      out.indices.push_back(row);
      out.values.push_back(-minus);
    }
    out.indptr.push_back(static_cast<int32_t>(out.indices.size()));
  }
  return out;
}

std::vector<double> weigh(const CsrView& documents, TermWeighting weighting) {
  const auto weight = [&](int32_t n) { return documents.values ? std::fmax(0, documents.values[n]) : 1.0; };
  double total = 0;
  for (int32_t n = 0; n < documents.nonzeros(); ++n) total += weight(n);
  const double mean = total / static_cast<double>(documents.rows);
  std::vector<double> out;
  for (int64_t d = 0; d < documents.rows; ++d) {
    double length = 0;
    for (int32_t n = documents.indptr[d]; n < documents.indptr[d + 1]; ++n) length += weight(n);
    for (int32_t n = documents.indptr[d]; n < documents.indptr[d + 1]; ++n) {
      const auto df = std::count(documents.indices, documents.indices + documents.nonzeros(), documents.indices[n]);
      const double idf = std::log(static_cast<double>(documents.rows) / (1.0 + static_cast<double>(df)));
      const double w = weight(n);
      out.push_back(w == 0                              ? 0
                    : weighting == TermWeighting::tfidf ? std::sqrt(w) * idf
                                                        : w * 2.2 / (1.2 * (0.25 + 0.75 * length / mean) + w) * idf);
    }
  }
  return out;
}

}  // namespace kindred::reference
