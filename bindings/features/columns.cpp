#include "kindred/features/columns.h"

#include <cmath>

#include "napi/promise.h"

namespace kindred::bindings {
namespace {

void check_size(int64_t received, int64_t expected, const char* name) {
  if (received != expected)
    fail_shape(std::string(name) + ": expected " + std::to_string(expected) + " numbers but received " +
               std::to_string(received) + ".");
}

// { values: Float64Array [rows], numbers: Float64Array [low, high, fill, center, scale, outLow, outHigh], dropOutliers,
// flag }
NumberColumn NumberOf(const Napi::Object& object, int64_t rows) {
  const auto values = Doubles(object.Get("values"), "values"), numbers = Doubles(object.Get("numbers"), "numbers");
  check_size(values.size, rows, "values");
  check_size(numbers.size, 7, "numbers");
  const double* n = numbers.data;
  return {values.data, n[0],
          n[1],        Flag(object.Get("dropOutliers"), "dropOutliers"),
          n[2],        n[3],
          n[4],        n[5],
          n[6],        Flag(object.Get("flag"), "flag")};
}

// { codes: Int32Array [rows], places: Int32Array, weights: Float32Array, unseen: Uint8Array, all three [entries] }
CategoryColumn CategoryOf(const Napi::Object& object, int64_t rows) {
  const auto codes = Ints(object.Get("codes"), "codes"), places = Ints(object.Get("places"), "places");
  const auto weights = Floats(object.Get("weights"), "weights");
  const auto unseen = Bytes(object.Get("unseen"), "unseen");
  check_size(codes.size, rows, "codes");
  check_size(weights.size, places.size, "weights");
  check_size(unseen.size, places.size, "unseen");
  return {codes.data, places.data, weights.data, unseen.data, places.size};
}

FeatureColumn ColumnOf(const Napi::Value& value, int64_t rows) {
  const Napi::Object object = ObjectIn(value, "columns");
  FeatureColumn column;
  column.first = Count(object.Get("first"), "first");
  column.width = Count(object.Get("width"), "width");
  column.is_number = !object.Has("codes");
  if (column.is_number)
    column.number = NumberOf(object, rows);
  else
    column.category = CategoryOf(object, rows);
  return column;
}

// fillFeatures(out: Matrix, columns: readonly FeatureColumn[], abort?): Promise<Float64Array> [columns.length, 2];
//   out is filled where the columns put something; the result is how many rows were missing, and how many outliers or
//   unseen
KINDRED_EXPORT(fillFeatures) {
  const Matrix out = MatrixOf(info[0], "out");
  if (!info[1].IsArray()) fail_value("columns: expected an array.");
  const auto given = info[1].As<Napi::Array>();
  std::vector<FeatureColumn> columns;
  for (uint32_t c = 0; c < given.Length(); ++c) columns.push_back(ColumnOf(given[c], out.rows));
  return Async(info, 2, [=](const AbortFlag* abort) {
    std::vector<double> counts;
    for (const FeatureCounts& count : fill_features(out, columns, abort)) {
      counts.push_back(static_cast<double>(count.missing));
      counts.push_back(static_cast<double>(count.odd));
    }
    return counts;
  });
}

}  // namespace

}  // namespace kindred::bindings
