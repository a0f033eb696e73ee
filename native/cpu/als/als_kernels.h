// The kernels of alternating least squares. Vectors of f factors are padded with zeros to `width`, a multiple of
// kAlsLane, so that no loop has a tail.
#pragma once

#include <stdint.h>

namespace kindred {

constexpr int64_t kAlsLane = 16;  // floats, a whole number of vectors of every instruction set
inline int64_t als_width(int64_t n) { return (n + kAlsLane - 1) / kAlsLane * kAlsLane; }

constexpr int64_t kCompactLane = 2 * kAlsLane;  // widths of compact rows

struct AlsKernels {
  // als_compact.cpp: rows in bfloat16 (the upper halves of floats), two floats a word in an order of its own.
  // out[i] = rows[i], rounded to nearest, [count, width]; width a multiple of kCompactLane
  void (*compact)(const float* rows, int64_t count, int64_t width, uint16_t* out);
  // panel[j] = rows[ids[j]] for j < count; the rows of ids up to `known` >= count are prefetched
  void (*gather_compact)(const uint16_t* rows, int64_t width, const int32_t* ids, int64_t count, int64_t known,
                         uint16_t* panel);
  // out += sum over j of (a[j] + b[j] * panel[j] . p) panel[j]; `a` null counts as 0
  void (*compact_pass)(const uint16_t* panel, int64_t count, int64_t width, const float* a, const float* b,
                       const float* p, float* out);

  // Of stored weights w, c1 = alpha |w|: roots[j] = c1^1/2, at least 1e-6, and targets[j] = (unobserved + c1) /
  // roots[j] for w > 0, 0 otherwise
  void (*confidence)(const float* weights, int64_t count, float alpha, float unobserved, float* roots, float* targets);
  // panel[j][t] = scales[j] * rows[ids[j]][t] * weights[t], t < width; rows `stride` apart, panel [count, width]
  void (*gather)(const float* rows, int64_t stride, int64_t width, const int32_t* ids, int64_t count,
                 const float* scales, const float* weights, float* panel);
  // out[j] += sign * panel[j] . p
  void (*panel_products)(const float* panel, int64_t count, int64_t width, float sign, const float* p, float* out);
  // out += sum over j of s[j] panel[j]
  void (*panel_combine)(const float* panel, int64_t count, int64_t width, const float* s, float* out);
  // out[i] = rows[i] M for `count` rows [count, width], M [width, width]; a row's bits depend on that row only
  void (*rows_times)(const float* rows, int64_t count, int64_t width, const float* M, float* out);
  // out[i][j] += panel[.][i] . panel[.][j] for j >= i, [width, width]; places below the diagonal become undefined
  void (*panel_gram)(const float* panel, int64_t count, int64_t width, float* out);
  // out[i][j] += panel[i] . panel[j] for j >= i, [als_width(count)]^2, of which [count, count] is defined; `transposed`
  // is scratch of width * als_width(count) floats
  void (*row_products)(const float* panel, int64_t count, int64_t width, float* transposed, float* out);
  // Solves a x = b in place, a [n, n] symmetric, of which j >= i is read, n a multiple of kAlsLane; false if a is not
  // positive definite
  bool (*solve)(float* a, int64_t n, float* b);
};

}  // namespace kindred
