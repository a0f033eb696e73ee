// Encoders of BERT's family, run without gradients: weights packed once, the tokens of all texts end to end.
//
// Devlin et al. 2019, "BERT"; layers as of Vaswani et al. 2017, "Attention is all you need", section 3.1, with
// normalisation after each half. RoBERTa, DistilBERT, ALBERT and MPNet differ in tables, order and biases.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::encode {

// What the numbers of products with weights are rounded to: bf16 to 8 bits of precision; int8 to integers of -127 to
// 127, times a scale for each row of weights and one for each token's state (Dettmers et al. 2022, "LLM.int8()",
// section 2.1, vector-wise). All else is in f32, and so are sums, which are exact in int8.
enum class Precision { f32, bf16, int8 };

bool has_int8_products();

struct EncoderShape {
  int64_t vocabulary = 0;            // rows of the table of words
  int64_t positions = 0;             // of that of positions
  int64_t types = 0;                 // of that of types of tokens; 0: none
  int64_t dims = 0;                  // of a state
  int64_t table_dims = 0;            // of a row of the tables; where it is not `dims`, a product makes states of them
  int64_t inner = 0;                 // of the state within a layer
  int64_t heads = 0;                 // that the states are cut into
  std::vector<int64_t> layer_heads;  // of each layer: as many as are left
  std::vector<int64_t> order;        // layers as they follow each other, by number
  int64_t distance_buckets = 0;      // of biases of attention by distance (Raffel et al. 2020); 0: none
  nn::Activation activation = nn::Activation::gelu;
  float epsilon = 0;
};

// Sequences of tokens, end to end.
struct TokenBatch {
  const int32_t* ids;        // [tokens]
  const int32_t* positions;  // [tokens]
  const int32_t* types;      // [tokens]
  const int32_t* offsets;    // [sequences + 1], ascending, from 0
  int64_t tokens, sequences;
};

// What one vector of a sequence is made of: its states but for the first `unpooled`.
enum class PoolingMode { cls, max, mean, mean_sqrt, weighted_mean, last };

struct PoolingWish {
  std::vector<PoolingMode> modes;  // one after the other in a vector
  const int32_t* unpooled;         // [sequences]
};

class Encoder {
 public:
  // ERR_SHAPE for sizes that do not fit, ERR_NOT_SUPPORTED for bf16 and int8 where has_bf16_products() and
  // has_int8_products() are false.
  Encoder(EncoderShape shape, Precision precision);
  ~Encoder();

  // The weights of this name, as files of BERT have it without the prefix "bert.". ERR_VALUE for a name that there is
  // none of, ERR_SHAPE for another count of numbers. Not while it runs. All of them are
  // written before it runs: what was not is any numbers.
  void write(const std::string& name, const float* values, int64_t size);

  // states [tokens, dims] after the last layer. A sequence has the same bits alone and among others, for any number of
  // threads. ERR_VALUE for ids outside their tables, ERR_SHAPE for offsets that are none.
  void states(const TokenBatch& batch, float* out, const AbortFlag* abort) const;

  // out [sequences, modes * dims]; zeros for a sequence without a token that is pooled, but for cls, which takes the
  // first then.
  void pool(const TokenBatch& batch, const PoolingWish& wish, float* out, const AbortFlag* abort) const;

  int64_t bytes() const;  // of packed weights and tables
  const EncoderShape& shape() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kindred::encode
