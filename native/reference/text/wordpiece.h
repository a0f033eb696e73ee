// BERT's tokenizer, one plain step after the other over whole texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kindred/text/wordpiece.h"

namespace kindred::reference {

std::vector<int32_t> encode(const std::vector<std::string>& vocabulary, const WordPieceOptions& options,
                            std::string_view text);

}  // namespace kindred::reference
