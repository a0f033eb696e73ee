// Encoders of BERT's family, scalar and in double.
#pragma once

#include <map>
#include <string>

#include "kindred/encode/encoder.h"
#include "reference/nn/tensor.h"

namespace kindred::reference {

// By their names, as kindred::encode::Encoder takes them.
using EncoderWeights = std::map<std::string, Doubles>;

// The weights that an encoder of this shape has, and how many numbers each.
std::map<std::string, int64_t> encoder_sizes(const encode::EncoderShape& shape);

// states [tokens, dims]
Table encode_states(const encode::EncoderShape& shape, const EncoderWeights& weights, const encode::TokenBatch& batch);

// [sequences, modes * dims]
Table encode_pooled(const Table& states, const encode::TokenBatch& batch, const encode::PoolingWish& wish);

}  // namespace kindred::reference
