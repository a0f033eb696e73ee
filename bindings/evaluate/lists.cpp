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
    measure_lists(scores, filter.checked(abort), lengths.data, lengths.size, values.data, count,
                  {misses.data, exposures.data}, sums.data(), abort);
    return sums;
  });
}

// vectors: Matrix | Csr
struct Vectors {
  explicit Vectors(const Napi::Value& value) : is_sparse(ObjectIn(value, "vectors").Has("indptr")) {
    if (is_sparse)
      sparse = CsrOf(value, "vectors");
    else
      dense = ConstMatrix(MatrixOf(value, "vectors"));
  }
  ItemVectors view() const { return {is_sparse ? nullptr : &dense, is_sparse ? &sparse : nullptr}; }

  bool is_sparse;
  CsrView sparse;
  ConstMatrix dense;
};

// inverseLengths(vectors: Matrix | Csr, abort?): Promise<Float64Array> [vectors.rows]
KINDRED_EXPORT(inverseLengths) {
  const Vectors vectors(info[0]);
  return Async(info, 1, [=](const AbortFlag* abort) {
    if (vectors.is_sparse) check_csr(vectors.sparse, "vectors", abort);
    return inverse_lengths(vectors.view(), abort);
  });
}

// pairSimilarities(scores: Matrix, exclude: Csr | null, candidates: Uint8Array | null, lengths: Int32Array,
//                  vectors: Matrix | Csr, inverse: Float64Array, abort?):
//   Promise<Float64Array> [scores.rows, lengths.length]; vectors [scores.cols, dims]. Of sparse ones
//   the rows that are used are checked: all of them would take longer than a block of users.
KINDRED_EXPORT(pairSimilarities) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const Filter filter(info[1], info[2], scores.rows, scores.cols);
  const auto lengths = Ints(info[3], "lengths");
  const Vectors vectors(info[4]);
  const auto inverse = Doubles(info[5], "inverse");
  check_size(inverse, vectors.view().rows(), "inverse");
  return Async(info, 6, [=](const AbortFlag* abort) {
    std::vector<double> similarities(scores.rows * lengths.size);
    pair_similarities(scores, filter.checked(abort), lengths.data, lengths.size, vectors.view(), inverse.data,
                      similarities.data(), abort);
    return similarities;
  });
}

}  // namespace

}  // namespace kindred::bindings
