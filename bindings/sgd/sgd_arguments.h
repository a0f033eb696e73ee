// Of gradient descent, for the families that train by it.
#pragma once

#include "kindred/sgd/sgd.h"
#include "napi/napi.h"

namespace kindred::bindings {

// SgdKernelOptions: { learningRate: number, regularization: number, seed: number, epoch: number,
//   popularNegatives: boolean, lockFree: boolean, epochs: number, popularity: Int32Array | null, mean: number,
//   optimizer: Optimizer, batchSize: number, batches: number }
SgdOptions SgdOptionsOf(const Napi::Value& value, int64_t items);

// SgdLoss: { total: number, samples: number }
Napi::Value SgdLossToJs(Napi::Env env, SgdLoss& loss);

}  // namespace kindred::bindings
