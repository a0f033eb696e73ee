#pragma once

#include "kindred/als/als.h"
#include "napi/napi.h"

namespace kindred::bindings {

// AlsKernelOptions: { regularization: number, regularizationExponent: number, unobservedWeight: number, alpha: number,
//   solver: 'cg' | 'cholesky' | 'block', cgSteps: number, blockSize: number }
AlsOptions AlsOptionsOf(const Napi::Value& value);

}  // namespace kindred::bindings
