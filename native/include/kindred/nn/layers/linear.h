// The linear layer y = x w' + b, with weights [outputs, inputs] as PyTorch and Hugging Face store them.
#pragma once

#include "kindred/linalg/gemm.h"

namespace kindred::nn {

// What numbers of a product are rounded to; sums are in f32. ERR_NOT_SUPPORTED for bf16 where has_bf16_products() is
// false.
enum class Precision { f32, bf16 };

// y [rows, outputs] from x [rows, inputs], w [outputs, inputs], bias [outputs] or null
void linear(ConstMatrix x, ConstMatrix w, const float* bias, Matrix y, GemmScratch& scratch, const AbortFlag* abort,
            Precision precision = Precision::f32);

// dx [rows, inputs] = dy w
void linear_input_gradient(ConstMatrix dy, ConstMatrix w, Matrix dx, GemmScratch& scratch, const AbortFlag* abort,
                           Precision precision = Precision::f32);

// dw [outputs, inputs] = dy' x
void linear_weight_gradient(ConstMatrix dy, ConstMatrix x, Matrix dw, GemmScratch& scratch, const AbortFlag* abort,
                            Precision precision = Precision::f32);

// sums [cols] over rows, in their order
void column_sums(ConstMatrix m, float* sums, const AbortFlag* abort);

}  // namespace kindred::nn
