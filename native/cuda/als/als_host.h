// What both solvers of ALS share, host side.
#pragma once

#include "cuda/als/als.h"
#include "cuda/runtime/objects.h"

namespace kindred::cuda {

AlsSettings settings_of(const KindredCudaAls& options);
CsrRows rows_of(const KindredCudaCsr& csr);
void check_als(const KindredCudaCsr& Cui, const KindredCudaMatrix& Y, const KindredCudaMatrix& X,
               const KindredCudaAls& options);

}  // namespace kindred::cuda
