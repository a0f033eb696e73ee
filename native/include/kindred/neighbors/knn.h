// Neighbourhood collaborative filtering: the most similar rows of a sparse matrix, without a dense [rows, rows] matrix
// (Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms"; Deshpande and Karypis 2004,
// "Item-based top-N recommendation algorithms"), and the weightings of information retrieval.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

enum class KnnSimilarity {
  cosine,  // dot / (|a| |b| + shrinkage)
  jaccard  // shared / (in a or b + shrinkage), of the patterns; values are passed over
};

struct KnnOptions {
  KnnSimilarity similarity = KnnSimilarity::cosine;
  int64_t neighbors = 100;
  double shrinkage = 0;
};

// [rows.rows, rows.rows]: for each row the `neighbors` most similar other rows (fewer where fewer have a similarity
// above 0), ties by row; columns ascend, values are the similarities. Values of null count as 1. The same bits for any
// number of threads. Throws ERR_TOO_LARGE beyond 2^31 - 1 neighbours in all.
//
// Where all values are 1 (and for Jaccard) and rows share much, pairs of rows are counted in bit slices; elsewhere a
// row by row sparse product (Gustavson 1978) goes into one dense accumulator [rows] a thread, in time O(sum over
// columns of nonzeros^2). Both take a pair once for both of its lists. Memory beyond the lists, in bytes: products take
// 16 a nonzero (12 where all values are 1), 8 a column and 12 a row and thread; counting takes 4 a nonzero, the larger
// of 64 MiB and 8 a nonzero, and the lists of 512 rows a thread. Until they are done, lists take up to 16 bytes a
// neighbour.
Csr nearest_rows(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort);

enum class TermWeighting {
  tfidf,  // sqrt(w) * idf
  bm25    // w (k1 + 1) / (k1 * length_norm + w) * idf, k1 = 1.2
};

// For BM25, [documents]: 1 - b + b * length / mean length, b = 0.75, the length of a document being the sum of its
// weights (Robertson and Walker 1994). Weights below 0 count as 0, here and in weigh; values of null count as 1.
std::vector<double> length_norms(const CsrView& documents, const AbortFlag* abort);

// The weights [nonzeros] of documents [documents, terms]; idf of a term that `df` documents have is
// log(documents / (1 + df)), the form of Ferrari Dacrema et al. 2019 ("Are we really making much progress?"), which is
// 0 or just below it for a term that all documents have. `norms` is what length_norms gave, for BM25 alone.
std::vector<float> weigh(const CsrView& documents, TermWeighting weighting, const double* norms,
                         const AbortFlag* abort);

}  // namespace kindred
