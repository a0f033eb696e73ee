// Rotary positions (Su et al. 2021, "RoFormer", section 3.4), the halves of a head paired as Hugging Face pairs them.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// angles [tokens, dims], dims even, of one head: the cosines of position * base^(-2 i / dims) for i < dims / 2, then
// the sines. ERR_SHAPE for an odd number of dimensions.
void rotary_angles(const int32_t* positions, float base, Matrix angles, const AbortFlag* abort);

// y [tokens, heads * dims]: in each head, numbers i and dims / 2 + i of x are turned by angle i of the token; with
// `inverse` back, which is the gradient. ERR_SHAPE unless x has angles.cols columns a head.
void rotary(ConstMatrix x, ConstMatrix angles, bool inverse, Matrix y, const AbortFlag* abort);

}  // namespace kindred::nn
