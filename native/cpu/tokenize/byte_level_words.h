// The words of the byte-level tokenizers of GPT-2 and of those that followed it, without a regular expression. Every
// character belongs to a word.
#pragma once

#include <string>

namespace kindred {

// Where the word ends that begins at p < end, in well-formed UTF-8.
using WordEnd = const char* (*)(const char* p, const char* end);

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
const char* gpt2_word_end(const char* p, const char* end);

// The function that does what a pattern says, or nullptr for a pattern that none is for.
WordEnd word_end_of(const std::string& pattern);

}  // namespace kindred
