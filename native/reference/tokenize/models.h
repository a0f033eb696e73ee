// Models of tokenizers, plainly: every merge looks through the whole word, every way through a word looks every piece
// up.
#pragma once

#include <string_view>
#include <vector>

#include "kindred/tokenize/tokenizer.h"

namespace kindred::reference {

// Byte pair encoding by characters, without prefix and suffix.
std::vector<int32_t> bpe(const TokenModel& model, std::string_view word);

// In double precision, from left to right; of ways that are as good the one whose last piece is the longest.
std::vector<int32_t> unigram(const TokenModel& model, std::string_view word);

}  // namespace kindred::reference
