#include "reference/tokenize/models.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

namespace kindred::reference {
namespace {

std::map<std::string, int32_t> ids_of(const TokenModel& model) {
  std::map<std::string, int32_t> ids;
  for (size_t i = 0; i < model.tokens.size(); ++i) ids[model.tokens[i]] = model.ids[i];
  return ids;
}

size_t character_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::vector<int32_t> byte_ids(const std::map<std::string, int32_t>& ids, const std::string& text) {
  std::vector<int32_t> out;
  for (const char byte : text) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned char>(byte));
    if (!ids.contains(name)) return {};
    out.push_back(ids.at(name));
  }
  return out;
}

}  // namespace

std::vector<int32_t> bpe(const TokenModel& model, std::string_view word) {
  const auto ids = ids_of(model);
  if (model.ignore_merges && ids.contains(std::string(word))) return {ids.at(std::string(word))};
  std::vector<int32_t> symbols;
  bool unknown = false;
  for (size_t begin = 0; begin < word.size();) {
    const std::string character(word.substr(begin, character_length(word[begin])));
    begin += character.size();
    const auto bytes = model.byte_fallback ? byte_ids(ids, character) : std::vector<int32_t>{};
    if (ids.contains(character)) {
      if (unknown) symbols.push_back(ids.at(model.unknown));
      unknown = false;
      symbols.push_back(ids.at(character));
    } else if (!bytes.empty()) {
      symbols.insert(symbols.end(), bytes.begin(), bytes.end());
    } else if (!model.unknown.empty()) {
      if (unknown && !model.fuse_unknown) symbols.push_back(ids.at(model.unknown));
      unknown = true;
    }
  }
  if (unknown) symbols.push_back(ids.at(model.unknown));
  std::map<std::pair<int32_t, int32_t>, std::pair<size_t, int32_t>> merges;
  for (size_t rank = 0; rank < model.merges.size(); ++rank) {
    const auto& [left, right] = model.merges[rank];
    merges[{ids.at(left), ids.at(right)}] = {rank, ids.at(left + right)};
  }
  for (;;) {
    size_t best = SIZE_MAX, at = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = merges.find({symbols[i], symbols[i + 1]});
      if (found == merges.end() || found->second.first >= best) continue;
      best = found->second.first;
      at = i;
    }
    if (best == SIZE_MAX) return symbols;
    symbols[at] = merges.at({symbols[at], symbols[at + 1]}).second;
    symbols.erase(symbols.begin() + static_cast<int64_t>(at) + 1);
  }
}

std::vector<int32_t> unigram(const TokenModel& model, std::string_view word) {
  const auto ids = ids_of(model);
  const int32_t unknown = ids.at(model.unknown);
  const double unknown_score = *std::min_element(model.scores.begin(), model.scores.end()) - 10;
  struct Best {
    double score = 0;
    size_t from = SIZE_MAX;
    int32_t id = 0;
  };
  std::vector<Best> best(word.size() + 1);
  for (size_t begin = 0; begin < word.size(); begin += character_length(word[begin])) {
    const auto reach = [&](size_t end, double score, int32_t id) {
      if (best[end].from == SIZE_MAX || best[begin].score + score > best[end].score)
        best[end] = {best[begin].score + score, begin, id};
    };
    const size_t single = begin + character_length(word[begin]);
    for (size_t end = begin + 1; end <= word.size(); ++end) {
      const auto found = ids.find(std::string(word.substr(begin, end - begin)));
      if (found != ids.end()) reach(end, model.scores[static_cast<size_t>(found->second)], found->second);
    }
    if (!ids.contains(std::string(word.substr(begin, single - begin)))) reach(single, unknown_score, unknown);
  }
  std::vector<std::pair<std::string, int32_t>> pieces;  // from the last to the first
  for (size_t end = word.size(); end > 0; end = best[end].from) {
    const auto& [score, from, id] = best[end];
    const std::string piece(word.substr(from, end - from));
    if (id == unknown && !pieces.empty() && pieces.back().second == unknown)
      pieces.back().first = piece + pieces.back().first;
    else
      pieces.emplace_back(piece, id);
  }
  std::vector<int32_t> out;
  for (size_t i = pieces.size(); i-- > 0;) {
    const auto& [piece, id] = pieces[i];
    const auto bytes = model.byte_fallback ? byte_ids(ids, piece) : std::vector<int32_t>{};
    if (id != unknown || ids.contains(piece))
      out.push_back(id != unknown ? id : ids.at(piece));
    else if (!bytes.empty())
      out.insert(out.end(), bytes.begin(), bytes.end());
    else
      out.push_back(unknown);
  }
  return out;
}

}  // namespace kindred::reference
