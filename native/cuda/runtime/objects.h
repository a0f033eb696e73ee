// What the handles of the interface point to.
#pragma once

#include "cuda/runtime/context.h"
#include "cuda/search/codes.h"

struct KindredCudaMatrix {
  KindredCudaContext* context;
  int64_t rows, cols;
  kindred::cuda::Allocation memory;

  float* data() const { return memory.as<float>(); }
  float* row(int64_t r) const { return data() + r * cols; }
};

struct KindredCudaCsr {
  KindredCudaContext* context;
  int64_t rows, cols, nonzeros;
  kindred::cuda::Allocation indptr, indices, values;
};

struct KindredCudaIndex {
  KindredCudaContext* context;
  KindredCudaKind kind;
  int64_t rows, dims;
  int64_t width;  // dims, padded to what copy16 copies
  kindred::cuda::Allocation floats, words, scales, biases, chunks;
};
