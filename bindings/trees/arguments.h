// Tables of numbers and trees: arrays that JavaScript owns.
#pragma once

#include <vector>

#include "kindred/trees/bins.h"
#include "kindred/trees/ensemble.h"
#include "napi/arguments.h"

namespace kindred::bindings {

// [{ values: Float64Array | Float32Array [rows, width], width: number }, ...]: a column for each place of each
std::vector<trees::NumberSource> NumberSourcesOf(const Napi::Value& value, int64_t rows);

// { values: Float64Array, offsets: Int32Array [columns + 1] }, checked
trees::EdgesView EdgesOf(const Napi::Value& value);

// { offsets: Int32Array [trees + 1], columns, lefts, rows: Int32Array, bins, missingLeft: Uint8Array, values, gains:
//   Float32Array, all of these [nodes] }
struct EnsembleArrays {
  Span<int32_t> offsets, columns, lefts, rows;
  Span<uint8_t> bins, missing_left;
  Span<float> values, gains;
};
EnsembleArrays EnsembleArraysOf(const Napi::Value& value);
trees::EnsembleView EnsembleOf(const Napi::Value& value);

}  // namespace kindred::bindings
