// Sums, products and functions of single numbers; smaller operands are stretched, as in NumPy.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

enum class Combination { add, subtract, multiply, divide };

enum class Function { exponential, logarithm, square_root };  // of float, as std::exp, std::log and std::sqrt

// How an operand becomes [rows, cols].
enum class Stretch {
  none,    // it is [rows, cols]
  rows,    // [cols], for every row
  cols,    // [rows], for every column
  numbers  // one number
};

struct Stretched {
  const float* data;
  Stretch stretch;
};

// out = a (+ - * /) b
void combine(Combination kind, Stretched a, Stretched b, Matrix out, const AbortFlag* abort);

// y[i] = f(x[i])
void apply(Function kind, const float* x, int64_t n, float* y, const AbortFlag* abort);

// out [rows, cols]
void stretch(Stretched x, Matrix out, const AbortFlag* abort);

// The sums of x over what `to` was stretched along: [cols], [rows] or one number; its gradient is stretch
void sum_stretched(ConstMatrix x, Stretch to, float* sums, const AbortFlag* abort);

}  // namespace kindred::nn
