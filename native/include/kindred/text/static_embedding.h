// Static text vectors (Model2Vec, Tulkens and van Dongen 2024): a text's vector is the mean of its tokens' rows.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/text/texts.h"
#include "kindred/text/wordpiece.h"

namespace kindred {

// The vector of token v is scales[v] * rows[v]; the scale carries the token's weight too.
struct StaticTable {
  const int8_t* rows;   // [vocabulary, dims]
  const float* scales;  // [vocabulary]
  int64_t vocabulary;
  int64_t dims;
};

// Tokenises, gathers and averages in one pass; no token vector is kept. out [texts, dims], rows contiguous: the mean
// over the first max_tokens tokens of each text, divided by its norm if asked. A text without tokens gives the zero
// vector, and so does a mean of norm zero. tokens [texts]: how many each text has, before any cut.
// Throws ERR_SHAPE unless the table has a row for every token of the tokenizer; ERR_ABORTED.
void static_embed(const WordPiece& tokenizer, const StaticTable& table, const Texts& texts, int64_t max_tokens,
                  bool normalize, float* out, int32_t* tokens, const AbortFlag* abort);

}  // namespace kindred
