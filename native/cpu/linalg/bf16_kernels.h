// The kernels of products of numbers rounded to bf16, of instruction sets that have such products. Words hold two
// numbers, the one of the lesser depth in the low half; a tile is 16 x 16 words, both for AMX's tile registers, of
// which two of operands and one of sums meet in an instruction, and for vectors of 16 sums.
#pragma once

#include <stdint.h>

namespace kindred {

constexpr int64_t kBf16Lines = 16;  // rows of a, or columns of b, of a tile
constexpr int64_t kBf16Depth = 32;  // its depth
constexpr int64_t kBf16Words = kBf16Lines * kBf16Depth / 2;

// Lines [0, lines), numbers [0, depth) of each; number k of line l is data[l * line_step + k * depth_step]. One of the
// steps is 1.
struct Bf16Source {
  const float* data;
  int64_t lines, depth;
  int64_t line_step, depth_step;
};

// c [rows, cols] = a b, plus bias [cols] in each row unless that is null. a is [strips of rows][steps] tiles of [row]
// [pair] words, b [strips of columns][steps] tiles of [pair][column] words, a step being a tile of the depth.
struct Bf16Block {
  const uint32_t *a, *b;
  int64_t steps;
  const float* bias;
  float* c;
  int64_t stride;
  int64_t rows, cols;
};

struct Bf16Kernels {
  // out [strips of lines][steps] tiles, strips `strip_words` apart, zeros past the last line and number; with by_pair
  // words [pair][line] of a tile, else [line][pair]
  void (*pack)(const Bf16Source& source, bool by_pair, int64_t strip_words, uint32_t* out);
  void (*multiply)(const Bf16Block& block);
};

}  // namespace kindred
