// The states of fits: arrays that JavaScript owns, which calls change in place.
#pragma once

#include "kindred/linear/elastic_net.h"
#include "kindred/linear/logistic.h"
#include "napi/arguments.h"

namespace kindred::bindings {

// { rows, cols, known, targetSquare: number, columns: Float32Array [cols, rows], target: Float64Array [rows],
//   gram: Float32Array [cols, cols] | null, order: Int32Array [cols], squares, correlations, weights, gradients:
//   Float64Array [cols], residual: Float64Array [rows] }
ElasticNetState ElasticNetStateOf(const Napi::Value& value);

// { rows, cols, known, intercept: number, columns: Float32Array [cols, rows], target: Float64Array [rows], order:
//   Int32Array [cols], weights, gradients: Float64Array [cols], margins: Float64Array [rows] }
LogisticState LogisticStateOf(const Napi::Value& value);

}  // namespace kindred::bindings
