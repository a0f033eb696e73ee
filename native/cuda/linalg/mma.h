// mma.sync for rows of 8 words: m16n8k8 of tf32, m16n8k16 of bf16, m16n8k32 of int8. In words their fragments are the
// same (PTX ISA 9.0, "Matrix fragments for mma.m16n8k8 / m16n8k16 / m16n8k32"): with group = lane / 4 and part = lane %
// 4,
//   A [16, 8 words]: (group, part), (group + 8, part), (group, part + 4), (group + 8, part + 4)
//   B [8 words, 8]: (part, group), (part + 4, group)
//   C [16, 8]: (group, 2 part), (group, 2 part + 1), (group + 8, 2 part), (group + 8, 2 part + 1)
#pragma once

#include "cuda/search/codes.h"

namespace kindred::cuda {

constexpr int kMmaRows = 16, kMmaCols = 8, kMmaWords = 8;

struct Place {
  int row, col;
};
KINDRED_BOTH constexpr Place place_in_a(int lane, int i) { return {lane / 4 + i % 2 * 8, lane % 4 + i / 2 * 4}; }
KINDRED_BOTH constexpr Place place_in_b(int lane, int i) { return {lane % 4 + i * 4, lane / 4}; }
KINDRED_BOTH constexpr Place place_in_c(int lane, int i) { return {lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2}; }

struct FragmentA {
  uint32_t words[4];
};
struct FragmentB {
  uint32_t words[2];
};

// What sums are in.
template <int32_t dtype>
struct SumOf {
  using type = float;
};
template <>
struct SumOf<KINDRED_CUDA_I8> {
  using type = int32_t;
};

#if defined(__CUDACC__)

// c += a b, for a warp; c(lane) gives this lane's four sums.
template <int32_t dtype, class C>
KINDRED_DEVICE void multiply_fragments(const Warp&, const PerLane<FragmentA>& a_of, const PerLane<FragmentB>& b_of,
                                       C&& c_of) {
  const uint32_t* const a = a_of[0].words;
  const uint32_t* const b = b_of[0].words;
  auto* const c = c_of(static_cast<int>(threadIdx.x % 32));
  if constexpr (dtype == KINDRED_CUDA_TF32)
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else if constexpr (dtype == KINDRED_CUDA_BF16)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

// The sum of the products of the numbers in two words.
template <int32_t dtype>
typename SumOf<dtype>::type multiply_words(uint32_t a, uint32_t b) {
  if constexpr (dtype == KINDRED_CUDA_TF32) return float_of(a) * float_of(b);
  if constexpr (dtype == KINDRED_CUDA_BF16)
    return float_of(a << 16) * float_of(b << 16) + float_of(a & 0xFFFF0000u) * float_of(b & 0xFFFF0000u);
  int32_t sum = 0;
  for (int i = 0; i < 4; ++i)
    sum += static_cast<int32_t>(static_cast<int8_t>(a >> 8 * i)) * static_cast<int8_t>(b >> 8 * i);
  return static_cast<typename SumOf<dtype>::type>(sum);
}

template <int32_t dtype, class C>
void multiply_fragments(const Warp&, const PerLane<FragmentA>& a, const PerLane<FragmentB>& b, C&& c_of) {
  uint32_t A[kMmaRows][kMmaWords], B[kMmaWords][kMmaCols];
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane >> 2, part = lane & 3;
    A[group][part] = a[lane].words[0];
    A[group + 8][part] = a[lane].words[1];
    A[group][part + 4] = a[lane].words[2];
    A[group + 8][part + 4] = a[lane].words[3];
    B[part][group] = b[lane].words[0];
    B[part + 4][group] = b[lane].words[1];
  }
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      const int row = (lane >> 2) + (i >= 2 ? 8 : 0), col = 2 * (lane & 3) + (i & 1);
      for (int w = 0; w < kMmaWords; ++w) c_of(lane)[i] += multiply_words<dtype>(A[row][w], B[w][col]);
    }
}

#endif

}  // namespace kindred::cuda
