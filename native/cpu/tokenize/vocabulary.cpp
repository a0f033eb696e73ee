#include "cpu/tokenize/vocabulary.h"

#include <cstdio>
#include <unordered_map>

#include "cpu/tokenize/word_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Earlier ones of several tokens that are the same, made empty, which a trie leaves out.
std::vector<std::string> without_earlier(std::vector<std::string> tokens) {
  std::unordered_map<std::string_view, size_t> last;
  std::vector<size_t> dropped;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto [at, is_new] = last.try_emplace(tokens[i], i);
    if (is_new) continue;
    dropped.push_back(at->second);
    at->second = i;
  }
  for (const size_t i : dropped) tokens[i] = "";
  return tokens;
}

}  // namespace

Vocabulary::Vocabulary(const std::vector<std::string>& tokens, const std::vector<int32_t>& ids)
    : trie_(without_earlier(tokens)), ids_(ids) {
  if (tokens.size() != ids.size())
    fail_value("vocab: expected an id for each of " + std::to_string(tokens.size()) + " tokens but received " +
               std::to_string(ids.size()) + ".");
}

std::vector<int32_t> byte_tokens(const Vocabulary& vocabulary) {
  std::vector<int32_t> ids(256);
  for (int b = 0; b < 256; ++b) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    ids[b] = vocabulary.find(name);
  }
  return ids;
}

}  // namespace kindred
