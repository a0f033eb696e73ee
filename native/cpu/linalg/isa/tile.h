// Register tiles: what all dense products spend their time in. The sums of a tile stay in registers while the loop runs
// over the depth, and each operand is loaded once a step.
#pragma once

#include "cpu/runtime/isa/simd.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// sums[i][v] = add(sums[i][v], left(i), right(v))
template <int I, int V, class Sum, class Left, class Right, class Add>
KINDRED_INLINE void tile_step(Sum (&sums)[I][V], const Left& left, const Right& right, const Add& add) {
  decltype(right(0)) x[V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) x[v] = right(v);
#pragma GCC unroll 12
  for (int i = 0; i < I; ++i) {
    const auto l = left(i);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sums[i][v] = add(sums[i][v], l, x[v]);
  }
}

// An element (i, k) lies at data[i * row + k * depth].
template <class T>
struct TileOperand {
  const T* data;
  int64_t row;
  int64_t depth;
};

// sums[i][v] (+ or -)= sum over k of a(i, k) b[k][v]
template <bool Subtract = false, int I, int V, class Sum, class T>
KINDRED_INLINE void accumulate(Sum (&sums)[I][V], TileOperand<T> a, const T* b, int64_t b_stride, int64_t depth) {
  constexpr int64_t kLanes = sizeof(Sum) / sizeof(T);
  for (int64_t k = 0; k < depth; ++k)
    tile_step(
        sums, [&](int i) { return a.data[i * a.row + k * a.depth]; },
        [&](int v) { return load(b + k * b_stride + v * kLanes); },
        [](Sum sum, T left, Sum right) { return Subtract ? sum - left * right : sum + left * right; });
}

// out[i][v] += sums[i][v]
template <int I, int V, class Sum, class T>
KINDRED_INLINE void add_tile(const Sum (&sums)[I][V], T* out, int64_t out_stride) {
  constexpr int64_t kLanes = sizeof(Sum) / sizeof(T);
#pragma GCC unroll 12
  for (int i = 0; i < I; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      T* const to = out + i * out_stride + v * kLanes;
      store(to, load(to) + sums[i][v]);
    }
}

constexpr int kTileRows = kManyRegisters ? 8 : 4;
constexpr int kTileVectors = 2;

// The sums begin with what out holds.
template <int I, int V, bool Subtract>
KINDRED_INLINE void tile(TileOperand<float> a, const float* b, int64_t b_stride, int64_t depth, float* out,
                         int64_t out_stride) {
  vf sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = load(out + i * out_stride + v * kFloats);
  accumulate<Subtract>(sums, a, b, b_stride, depth);
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) store(out + i * out_stride + v * kFloats, sums[i][v]);
}

// Rows [0, I) of out, columns [begin, end), both multiples of kFloats.
template <int I, bool Subtract>
KINDRED_INLINE void tile_band(TileOperand<float> a, const float* b, int64_t b_stride, int64_t depth, int64_t begin,
                              int64_t end, float* out, int64_t out_stride) {
  int64_t j = begin;
  for (; j + kTileVectors * kFloats <= end; j += kTileVectors * kFloats)
    tile<I, kTileVectors, Subtract>(a, b + j, b_stride, depth, out + j, out_stride);
  for (; j < end; j += kFloats) tile<I, 1, Subtract>(a, b + j, b_stride, depth, out + j, out_stride);
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE
