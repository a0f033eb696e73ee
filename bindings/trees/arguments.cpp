#include "trees/arguments.h"

#include <string>

namespace kindred::bindings {
namespace {

void check_size(int64_t received, int64_t expected, const char* name) {
  if (received != expected)
    fail_shape(std::string(name) + ": expected " + std::to_string(expected) + " numbers but received " +
               std::to_string(received) + ".");
}

}  // namespace

std::vector<trees::NumberSource> NumberSourcesOf(const Napi::Value& value, int64_t rows) {
  if (!value.IsArray()) fail_value("blocks: expected a list.");
  const auto list = value.As<Napi::Array>();
  std::vector<trees::NumberSource> sources;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Object block = ObjectIn(list.Get(i), "blocks");
    const Napi::Value values = block.Get("values");
    const int64_t width = Count(block.Get("width"), "width");
    const bool wide = values.IsTypedArray() && values.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array;
    const Span<double> doubles = wide ? Doubles(values, "values") : Span<double>{};
    const Span<float> floats = wide ? Span<float>{} : Floats(values, "values");
    check_size(wide ? doubles.size : floats.size, rows * width, "values");
    // Without rows there is no memory, and still a kind of number.
    static const double none = 0;
    const double* const first = rows == 0 ? &none : doubles.data;
    for (int64_t c = 0; c < width; ++c)
      sources.push_back(wide ? trees::NumberSource{first + (rows == 0 ? 0 : c), nullptr, width}
                             : trees::NumberSource{nullptr, rows == 0 ? nullptr : floats.data + c, width});
  }
  return sources;
}

trees::EdgesView EdgesOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "edges");
  const auto values = Doubles(object.Get("values"), "edges.values");
  const auto offsets = Ints(object.Get("offsets"), "edges.offsets");
  if (offsets.size < 1) fail_shape("edges.offsets: expected at least one.");
  const trees::EdgesView edges{values.data, offsets.data, offsets.size - 1};
  trees::check_edges(edges, values.size);
  return edges;
}

EnsembleArrays EnsembleArraysOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "trees");
  EnsembleArrays e{Ints(object.Get("offsets"), "offsets"), Ints(object.Get("columns"), "columns"),
                   Ints(object.Get("lefts"), "lefts"),     Ints(object.Get("rows"), "rows"),
                   Bytes(object.Get("bins"), "bins"),      Bytes(object.Get("missingLeft"), "missingLeft"),
                   Floats(object.Get("values"), "values"), Floats(object.Get("gains"), "gains")};
  if (e.offsets.size < 1) fail_shape("offsets: expected at least one.");
  for (const int64_t size : {e.lefts.size, e.rows.size, e.bins.size, e.missing_left.size, e.values.size, e.gains.size})
    check_size(size, e.columns.size, "trees");
  return e;
}

trees::EnsembleView EnsembleOf(const Napi::Value& value) {
  const EnsembleArrays e = EnsembleArraysOf(value);
  return {e.offsets.data, e.offsets.size - 1,  e.columns.data, e.lefts.data,
          e.bins.data,    e.missing_left.data, e.values.data,  e.columns.size};
}

}  // namespace kindred::bindings
