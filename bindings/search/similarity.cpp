#include "kindred/search/similarity.h"

#include <cmath>
#include <optional>

#include "kindred/search/index.h"
#include "kindred/search/zero_scores.h"
#include "kindred/sparse/csr.h"
#include "napi/promise.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

// similarityMatrix(a: Matrix, b: Matrix, metric: Metric, abort?): Promise<Float32Array> [a.rows, b.rows]
KINDRED_EXPORT(similarityMatrix) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const Metric metric = MetricOf(info[2]);
  return Async(info, 3, [=](const AbortFlag* abort) {
    std::vector<float> out(a.rows * b.rows);
    similarity_matrix(a, b, metric, out.data(), abort);
    return out;
  });
}

// similarityMatrixInto(a: Matrix, b: Matrix, metric: Metric, out: Float32Array, abort?): Promise<void>;
//   out [a.rows, b.rows] is filled; numbers that are not finite are refused
KINDRED_EXPORT(similarityMatrixInto) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const Metric metric = MetricOf(info[2]);
  const auto out = Floats(info[3], "out");
  if (out.size != a.rows * b.rows)
    fail_shape("out: expected " + std::to_string(a.rows * b.rows) + " numbers but received " +
               std::to_string(out.size) + ".");
  return Async(info, 4, [=](const AbortFlag* abort) {
    check_finite(a, "a", abort);
    check_finite(b, "b", abort);
    similarity_matrix(a, b, metric, out.data, abort);
  });
}

// dotOfPairs(a: Matrix, b: Matrix, aRows: Int32Array, bRows: Int32Array, abort?): Promise<Float32Array> [aRows.length];
//   NaN where a row is -1
KINDRED_EXPORT(dotOfPairs) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const auto a_rows = Ints(info[2], "aRows"), b_rows = Ints(info[3], "bRows");
  if (a_rows.size != b_rows.size)
    fail_shape("bRows: expected " + std::to_string(a_rows.size) + " rows but received " + std::to_string(b_rows.size) +
               ".");
  return Async(info, 4, [=](const AbortFlag* abort) {
    std::vector<float> out(a_rows.size);
    dot_of_pairs(a, b, a_rows.data, b_rows.data, a_rows.size, out.data(), abort);
    return out;
  });
}

// topK(queries: Matrix, items: Matrix, metric: Metric, k: number, exclude: Csr | null, candidates: Uint8Array | null,
//      abort?): Promise<TopK>
KINDRED_EXPORT(topK) {
  const Matrix queries = MatrixOf(info[0], "queries"), items = MatrixOf(info[1], "items");
  const Metric metric = MetricOf(info[2]);
  const int64_t k = Count(info[3], "k");
  const Filter filter(info[4], info[5], queries.rows, items.rows);
  return Async(
      info, 6,
      [=](const AbortFlag* abort) {
        Lists lists(queries.rows, k);
        top_k(queries, items, metric, k, filter.checked(abort), lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

// What { keys: Float32Array [items] | null, least: number | null } says about scores of zero.
struct Zeros {
  const float* keys = nullptr;
  double least = -INFINITY;

  Zeros(const Napi::Value& value, int64_t items) {
    const Napi::Object zeros = ObjectIn(value, "zeros");
    if (!zeros.Get("least").IsNull()) least = Number(zeros.Get("least"), "least");
    if (zeros.Get("keys").IsNull()) return;
    const auto given = Floats(zeros.Get("keys"), "keys");
    if (given.size != items)
      fail_shape("keys: expected " + std::to_string(items) + " numbers but received " + std::to_string(given.size) +
                 ".");
    keys = given.data;
  }
};

// topKOfScores(scores: Matrix, k: number, exclude: Csr | null, candidates: Uint8Array | null, zeros: ZeroScores | null,
//              abort?): Promise<TopK>; zeros are placed in `scores`
KINDRED_EXPORT(topKOfScores) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const int64_t k = Count(info[1], "k");
  const Filter filter(info[2], info[3], scores.rows, scores.cols);
  std::optional<Zeros> zeros;
  if (!info[4].IsNull()) zeros.emplace(info[4], scores.cols);
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        Lists lists(scores.rows, k);
        if (zeros) place_zeros(scores, zeros->keys, zeros->least, abort);
        top_k_of_scores(scores, k, filter.checked(abort), lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

// placeZeros(scores: Matrix, zeros: ZeroScores, abort?): Promise<void>, in place
KINDRED_EXPORT(placeZeros) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const Zeros zeros(info[1], scores.cols);
  return Async(info, 2, [=](const AbortFlag* abort) { place_zeros(scores, zeros.keys, zeros.least, abort); });
}

}  // namespace

}  // namespace kindred::bindings
