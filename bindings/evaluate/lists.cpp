#include "kindred/evaluate/lists.h"

#include "kindred/runtime/error.h"
#include "kindred/sparse/csr.h"
#include "napi/promise.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

void check_size(Span<double> numbers, int64_t expected, const char* name) {
  if (numbers.size != expected)
    fail_shape(std::string(name) + ": expected " + std::to_string(expected) + " numbers but received " +
               std::to_string(numbers.size) + ".");
}

// measureLists(scores: Matrix, exclude: Csr | null, candidates: Uint8Array | null, lengths: Int32Array,
//              values: Float64Array, misses: Float64Array, exposures: Float64Array, abort?): Promise<Float64Array>;
//   values [n, scores.cols]; misses and exposures [lengths.length, scores.cols] are updated; the result is
//   [scores.rows, lengths.length, n]
KINDRED_EXPORT(measureLists) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const Filter filter(info[1], info[2], scores.rows, scores.cols);
  const auto lengths = Ints(info[3], "lengths");
  const auto values = Doubles(info[4], "values"), misses = Doubles(info[5], "misses"),
             exposures = Doubles(info[6], "exposures");
  const int64_t count = scores.cols == 0 ? 0 : values.size / scores.cols;
  check_size(values, count * scores.cols, "values");
  check_size(misses, lengths.size * scores.cols, "misses");
  check_size(exposures, lengths.size * scores.cols, "exposures");
  return Async(info, 7, [=](const AbortFlag* abort) {
    std::vector<double> sums(scores.rows * lengths.size * count);
    measure_lists(scores, filter.checked(), lengths.data, lengths.size, values.data, count,
                  {misses.data, exposures.data}, sums.data(), abort);
    return sums;
  });
}

// pairSimilarities(scores: Matrix, exclude: Csr | null, candidates: Uint8Array | null, lengths: Int32Array,
//                  vectors: Matrix | Csr, abort?): Promise<Float64Array> [scores.rows, lengths.length];
//   vectors [scores.cols, dims]
KINDRED_EXPORT(pairSimilarities) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const Filter filter(info[1], info[2], scores.rows, scores.cols);
  const auto lengths = Ints(info[3], "lengths");
  const bool is_sparse = ObjectIn(info[4], "vectors").Has("indptr");
  const CsrView sparse = is_sparse ? CsrOf(info[4], "vectors") : CsrView{};
  const ConstMatrix dense = is_sparse ? ConstMatrix{} : ConstMatrix(MatrixOf(info[4], "vectors"));
  return Async(info, 5, [=](const AbortFlag* abort) {
    if (is_sparse) check_csr(sparse, "vectors");
    std::vector<double> similarities(scores.rows * lengths.size);
    const ItemVectors vectors{is_sparse ? nullptr : &dense, is_sparse ? &sparse : nullptr};
    pair_similarities(scores, filter.checked(), lengths.data, lengths.size, vectors, similarities.data(), abort);
    return similarities;
  });
}

}  // namespace

}  // namespace kindred::bindings
