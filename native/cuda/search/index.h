// What building an index and searching it share, host side.
#pragma once

#include "cuda/runtime/objects.h"
#include "cuda/search/score_tile.h"

namespace kindred::cuda {

constexpr int64_t kMostDims = 32768;  // sums of int8 stay far from 2^31

struct IndexBytes {
  int64_t floats = 0, words = 0, scales = 0, biases = 0, chunks = 0;
};

// f32 rows are padded like codes.
inline int64_t width_of(int64_t dims) { return words_of(KINDRED_CUDA_F32, dims); }

bool legal(const KindredCudaKind& kind);
bool legal(int64_t rows, int64_t dims, const KindredCudaKind& kind);
IndexBytes bytes_of(int64_t rows, int64_t dims, const KindredCudaKind& kind);

// Throws INVALID, naming the row as first + its number here. `place` is one number on the device. Waits.
void refuse_not_finite(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, int64_t* place,
                       const char* name, int64_t first);

// Rows [count, cols] into to [count, width], zeros behind them, normalised if so said.
void prepare(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, bool normalize, float* to,
             int64_t width);

// Rows [first, first + count) of codes from vectors [count, width_of(dims)].
void encode(KindredCudaContext* context, const KindredCudaKind& kind, const float* vectors, int64_t count, int64_t dims,
            const CodeRows& to, int64_t first);

}  // namespace kindred::cuda
