// Lossy codes of vectors, in 32-bit words as mma instructions take them: tf32, one number a word; bf16, two; int8,
// four, with a scale a vector. bf16 and int8 are those of cpu/search/vector_codes.h.
#pragma once

#include "cuda/runtime/group.h"
#include "kindred/device/cuda.h"

namespace kindred::cuda {

constexpr int64_t kWordsOfCopy = 4;  // rows of words are padded with zeros to what copy16 copies

KINDRED_BOTH int64_t words_of(int32_t dtype, int64_t dims) {
  const int64_t per_word = dtype == KINDRED_CUDA_I8 ? 4 : dtype == KINDRED_CUDA_BF16 ? 2 : 1;
  return round_up(ceil_div(dims, per_word), kWordsOfCopy);
}

// Rows of an index whose codes share bounds.
constexpr int64_t kRowsOfChunk = 4096;

// How far codes are from their vectors, as Euclidean norms; of several vectors, the largest.
struct CodeBounds {
  double error;  // of vector - decoded
  double norm;   // of decoded
  double bias;   // |bias| added to the scores
};

KINDRED_DEVICE uint32_t bf16_of(float value) {
  const uint32_t bits = bits_of(value);
  if ((bits & 0x7F800000u) == 0) return bits >> 16 & 0x8000u;
  const uint32_t rounded = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
  return (rounded & 0x7F80u) == 0x7F80u ? rounded - 1 : rounded & 0xFFFFu;
}

// 10 bits of mantissa, to the nearest, ties to even; finite stays finite, denormal becomes 0.
KINDRED_DEVICE uint32_t tf32_of(float value) {
  const uint32_t bits = bits_of(value);
  if ((bits & 0x7F800000u) == 0) return bits & 0x80000000u;
  const uint32_t rounded = (bits + 0xFFFu + (bits >> 13 & 1)) & ~0x1FFFu;
  return (rounded & 0x7F800000u) == 0x7F800000u ? rounded - 0x2000u : rounded;
}

KINDRED_DEVICE float i8_scale(float largest) {
  const float scale = largest / 127;
  if (!(scale >= 0x1p-100f)) return 0;
  return float_of((bits_of(scale) + 0xFFu) & ~0xFFu);
}

KINDRED_DEVICE int i8_of(float value, float inverse) {
  const float code = rintf(value * inverse);
  return static_cast<int>(code < -127 ? -127.0f : code > 127 ? 127.0f : code);
}

// Where the codes of some vectors go.
struct CodeRows {
  uint32_t* words;    // [rows, words_of(dtype, dims)]
  float* scales;      // [rows] of int8, else null
  float* biases;      // [rows], -|x|^2 / 2, or null
  CodeBounds* each;   // [rows], or null
  CodeBounds* chunk;  // [ceil(rows / kRowsOfChunk)], the largest so far, or null
};

// Row `row` of `to` from vector [dims], by a warp. `exact`: biases are of the vector, else of what its codes stand for.
KINDRED_DEVICE void encode_row(const Warp& warp, int32_t dtype, const float* vector, int64_t dims, bool exact,
                               const CodeRows& to, int64_t row) {
  PerLane<float> largest;
  warp.lanes([&](int lane) {
    largest[lane] = 0;
    for (int64_t d = lane; d < dims; d += kWarp) largest[lane] = fmaxf(largest[lane], fabsf(vector[d]));
  });
  const float scale = dtype == KINDRED_CUDA_I8 ? i8_scale(warp.max(largest)) : 1;
  const float inverse = scale > 0 ? 1 / scale : 0;
  const int64_t words = words_of(dtype, dims);
  const int per_word = dtype == KINDRED_CUDA_I8 ? 4 : dtype == KINDRED_CUDA_BF16 ? 2 : 1;
  PerLane<double> errors, norms, squares;
  warp.lanes([&](int lane) {
    double error = 0, norm = 0, square = 0;
    for (int64_t w = lane; w < words; w += kWarp) {
      uint32_t word = 0;
      for (int i = 0; i < per_word; ++i) {
        const int64_t d = w * per_word + i;
        if (d >= dims) break;
        float decoded;
        if (dtype == KINDRED_CUDA_I8) {
          const int code = i8_of(vector[d], inverse);
          word |= (static_cast<uint32_t>(code) & 0xFFu) << (8 * i);
          decoded = static_cast<float>(code) * scale;
        } else if (dtype == KINDRED_CUDA_BF16) {
          const uint32_t code = bf16_of(vector[d]);
          word |= code << (16 * i);
          decoded = float_of(code << 16);
        } else {
          word = tf32_of(vector[d]);
          decoded = float_of(word);
        }
        const double difference = static_cast<double>(vector[d]) - decoded;
        error += difference * difference;
        norm += static_cast<double>(decoded) * decoded;
        square += static_cast<double>(vector[d]) * vector[d];
      }
      to.words[row * words + w] = word;
    }
    errors[lane] = error;
    norms[lane] = norm;
    squares[lane] = square;
  });
  const double norm2 = warp.sum(norms);
  const float bias = to.biases ? static_cast<float>(-(exact ? warp.sum(squares) : norm2) / 2) : 0.0f;
  const CodeBounds bounds{sqrt(warp.sum(errors)), sqrt(norm2), fabs(static_cast<double>(bias))};
  warp.each(1, [&](int64_t) {
    if (to.scales) to.scales[row] = scale;
    if (to.biases) to.biases[row] = bias;
    if (to.each) to.each[row] = bounds;
    if (to.chunk) {
      CodeBounds& chunk = to.chunk[row / kRowsOfChunk];
      max_atomic(&chunk.error, bounds.error);
      max_atomic(&chunk.norm, bounds.norm);
      max_atomic(&chunk.bias, bounds.bias);
    }
  });
}

}  // namespace kindred::cuda
