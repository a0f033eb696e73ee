// The dense product of float matrices whose numbers are rounded to bf16 (8 bits of precision), by products that
// some processors have: those of AMX are much faster than f32's.
#pragma once

#include "kindred/linalg/gemm.h"

namespace kindred {

// Whether the instruction set that backend() names has products of bf16.
bool has_bf16_products();

// c [m, n] = a [m, depth] b [depth, n], plus bias [n] in each row unless it is null, whatever c held; c overlaps
// neither. Numbers of a and b are rounded to bf16, to the nearest, ties to even, those that are denormal to 0; sums
// are in f32 and in an order that depends on the depth alone: the same bits for any number of threads and rows. Of a
// and of b either rows or columns lie without gaps. ERR_SHAPE where sizes do not fit, ERR_NOT_SUPPORTED unless
// has_bf16_products().
void gemm_bf16(Strided a, Strided b, const float* bias, Matrix c, const AbortFlag* abort,
               GemmScratch* scratch = nullptr);

}  // namespace kindred
