// The register tile of single-precision products: out[i][j] (+ or -)= sum over k of a(i, k) b[k][j].
#pragma once

#include "cpu/runtime/isa/simd.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kTileRows = kManyRegisters ? 8 : 4;
constexpr int kTileVectors = 2;

// An element (i, k) lies at data[i * row + k * depth].
struct TileOperand {
  const float* data;
  int64_t row;
  int64_t depth;
};

template <int I, int V, bool Subtract>
KINDRED_INLINE void tile(TileOperand a, const float* b, int64_t b_stride, int64_t depth, float* out,
                         int64_t out_stride) {
  vf sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = load(out + i * out_stride + v * kFloats);
  for (int64_t k = 0; k < depth; ++k) {
    vf right[V];
    for (int v = 0; v < V; ++v) right[v] = load(b + k * b_stride + v * kFloats);
    for (int i = 0; i < I; ++i) {
      const float left = a.data[i * a.row + k * a.depth];
      for (int v = 0; v < V; ++v) {
        if (Subtract)
          sums[i][v] -= left * right[v];
        else
          sums[i][v] += left * right[v];
      }
    }
  }
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) store(out + i * out_stride + v * kFloats, sums[i][v]);
}

// Rows [0, I) of out, columns [begin, end), both multiples of kFloats.
template <int I, bool Subtract>
KINDRED_INLINE void tile_band(TileOperand a, const float* b, int64_t b_stride, int64_t depth, int64_t begin,
                              int64_t end, float* out, int64_t out_stride) {
  int64_t j = begin;
  for (; j + kTileVectors * kFloats <= end; j += kTileVectors * kFloats)
    tile<I, kTileVectors, Subtract>(a, b + j, b_stride, depth, out + j, out_stride);
  for (; j < end; j += kFloats) tile<I, 1, Subtract>(a, b + j, b_stride, depth, out + j, out_stride);
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE
