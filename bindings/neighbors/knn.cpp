#include "kindred/neighbors/knn.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// { similarity: 'cosine' | 'jaccard', neighbors: number, shrinkage: number }
KnnOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  return {OneOf<KnnSimilarity>(object.Get("similarity"), "similarity",
                               {{"cosine", KnnSimilarity::cosine}, {"jaccard", KnnSimilarity::jaccard}}),
          Count(object.Get("neighbors"), "neighbors"), Number(object.Get("shrinkage"), "shrinkage")};
}

// nearestRows(rows: Csr, options: KnnKernelOptions, abort?: AbortFlag): Promise<Csr> [rows.rows, rows.rows]
KINDRED_EXPORT(nearestRows) {
  const CsrView rows = CsrOf(info[0], "rows");
  const KnnOptions options = OptionsOf(info[1]);
  return Async(info, 2, [=](const AbortFlag* abort) {
    check_csr(rows, "rows", abort);
    return nearest_rows(rows, options, abort);
  });
}

// lengthNorms(documents: Csr, abort?: AbortFlag): Promise<Float64Array> [documents.rows]
KINDRED_EXPORT(lengthNorms) {
  const CsrView documents = CsrOf(info[0], "documents");
  return Async(info, 1, [=](const AbortFlag* abort) {
    check_csr(documents, "documents", abort);
    return length_norms(documents, abort);
  });
}

// weighTerms(documents: Csr, weighting: 'tfidf' | 'bm25', lengthNorms: Float64Array, abort?: AbortFlag):
//   Promise<Float32Array> [nonzeros]
KINDRED_EXPORT(weighTerms) {
  const CsrView documents = CsrOf(info[0], "documents");
  const auto weighting =
      OneOf<TermWeighting>(info[1], "weighting", {{"tfidf", TermWeighting::tfidf}, {"bm25", TermWeighting::bm25}});
  const auto norms = Doubles(info[2], "lengthNorms");
  if (norms.size != documents.rows)
    fail_shape("lengthNorms: expected " + std::to_string(documents.rows) + " numbers but received " +
               std::to_string(norms.size) + ".");
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(documents, "documents", abort);
    return weigh(documents, weighting, norms.data, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
