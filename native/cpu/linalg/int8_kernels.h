// The kernels of products of numbers rounded to 8-bit integers, of instruction sets that have such products: rows of
// the left side, and columns of the right, are divided by a scale of their own, symmetric around 0 (-127 to 127), and
// sums are exact. Words hold four numbers, the one of the least depth in the lowest byte; a tile is 16 x 16 words, as
// in bf16_kernels.h.
#pragma once

#include <stdint.h>

namespace kindred {

constexpr int64_t kInt8Lines = 16;  // rows of a, or columns of b, of a tile
constexpr int64_t kInt8Depth = 64;  // its depth
constexpr int64_t kInt8Words = kInt8Lines * kInt8Depth / 4;

// Lines [0, lines) of `depth` numbers each, `stride` apart.
struct Int8Source {
  const float* data;
  int64_t lines, depth, stride;
};

// c [rows, cols] = a b, plus bias [cols] in each row. a is [strips of rows][steps] tiles of [row][word of the depth], b
// [strips of columns][steps] tiles of [word of the depth][column]; both with the scale of each line, strips filled up.
struct Int8Block {
  const uint32_t *a, *b;
  const float *a_scales, *b_scales;
  const int32_t* b_sums;  // of the numbers of each column of b
  int64_t steps;
  const float* bias;
  float* c;
  int64_t stride;
  int64_t rows, cols;
};

struct Int8Kernels {
  // out [strips of lines][steps] tiles, zeros past the last line and number, and scales [strips of lines * 16]: what
  // numbers were divided by, 0 for a line of zeros, NaN for one that holds what is not finite. By column words [word of
  // the depth][line] of a tile, else [line][word], and then sums as scales, unless null.
  void (*pack)(const Int8Source& source, bool by_column, uint32_t* out, float* scales, int32_t* sums);
  void (*multiply)(const Int8Block& block);
};

}  // namespace kindred
