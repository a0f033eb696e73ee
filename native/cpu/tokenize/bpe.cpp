// Byte pair encoding (Sennrich et al. 2016): the pair whose merge comes first in the list is merged, the leftmost of
// several, until no merge is left.
#include <algorithm>
#include <queue>
#include <unordered_map>

#include "cpu/tokenize/merges.h"
#include "cpu/tokenize/normalizer.h"
#include "cpu/tokenize/utf8_text.h"
#include "cpu/tokenize/vocabulary.h"
#include "cpu/tokenize/word_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Up to here all pairs of a word are looked through for each merge; beyond, they wait in a heap.
constexpr size_t kShortWord = 48;

// Characters that stand for bytes lie below.
constexpr uint32_t kByteCharacters = 0x200;

// A pair that may be merged.
struct Waiting {
  uint64_t merge;
  uint32_t at;
  bool operator>(const Waiting& other) const { return merge != other.merge ? merge > other.merge : at > other.at; }
};

struct BpeScratch : WordModel::Scratch {
  std::vector<int32_t> symbols;
  std::vector<uint32_t> before, after;
  std::vector<Waiting> heap;
};

using Ids = std::unordered_map<std::string_view, int32_t>;

Ids ids_of(const TokenModel& model, Poll& poll) {
  Ids ids;
  ids.reserve(model.tokens.size());
  std::unordered_map<int32_t, size_t> seen;
  for (size_t i = 0; i < model.tokens.size(); ++i) {
    poll(64);
    ids.emplace(model.tokens[i], model.ids[i]);
    if (model.ids[i] < 0 || !seen.emplace(model.ids[i], i).second)
      fail_value("vocab: expected ids that differ, but " + std::to_string(model.ids[i]) + " comes twice.");
  }
  return ids;
}

// Tokens as the bytes that their characters stand for; "" for one that has others.
std::vector<std::string> as_bytes(const std::vector<std::string>& tokens, Poll& poll) {
  std::vector<int> byte_of(kByteCharacters, -1);
  for (int b = 0; b < 256; ++b) byte_of[character_of_byte(static_cast<uint8_t>(b))] = b;
  std::vector<std::string> out;
  for (const std::string& token : tokens) {
    poll(64);
    std::string bytes;
    const char* const end = token.data() + token.size();
    for (const char* p = token.data(); p < end;) {
      const uint32_t point = next_point(p);
      if (point >= kByteCharacters || byte_of[point] < 0) {
        bytes.clear();
        break;
      }
      bytes.push_back(static_cast<char>(byte_of[point]));
    }
    out.push_back(std::move(bytes));
  }
  return out;
}

class Bpe : public WordModel {
 public:
  Bpe(const TokenModel& model, bool of_bytes, Poll& poll)
      : vocabulary_(of_bytes ? as_bytes(model.tokens, poll) : model.tokens, model.ids),
        merges_(model.merges.size()),
        of_bytes_(of_bytes),
        suffix_(model.suffix),
        fuse_unknown_(model.fuse_unknown),
        byte_fallback_(model.byte_fallback),
        ignore_merges_(model.ignore_merges) {
    const Ids ids = ids_of(model, poll);
    const auto id_of = [&](const std::string& token) {
      const auto found = ids.find(token);
      if (found == ids.end()) fail_value("merges: expected tokens of the vocabulary but received \"" + token + "\".");
      return found->second;
    };
    for (size_t i = 0; i < model.merges.size(); ++i) {
      poll(64);
      const auto& [left, right] = model.merges[i];
      if (!right.starts_with(model.prefix))
        fail_value("merges: expected a right part that begins with \"" + model.prefix + "\" but received \"" + right +
                   "\".");
      merges_.add(id_of(left), id_of(right), static_cast<uint32_t>(i), id_of(left + right.substr(model.prefix.size())));
    }
    if (!model.unknown.empty()) unknown_ = id_of(model.unknown);
    inside_ = vocabulary_.trie().walk(TokenTrie::kRoot, model.prefix);
    if (byte_fallback_) bytes_ = byte_tokens(vocabulary_);
    prefix_ = model.prefix;
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<BpeScratch>(); }

  void encode(std::string_view word, std::vector<int32_t>& ids, Scratch& scratch, Poll& poll) const override {
    auto& s = static_cast<BpeScratch&>(scratch);
    if (ignore_merges_) {
      if (const int32_t id = vocabulary_.find(word); id != Vocabulary::kNone) {
        ids.push_back(id);
        return;
      }
    }
    s.symbols.clear();
    symbols_of(word, s.symbols, poll);
    if (s.symbols.size() <= kShortWord)
      merge_short(s.symbols);
    else
      merge_long(s, poll);
    ids.insert(ids.end(), s.symbols.begin(), s.symbols.end());
  }

  int64_t bytes() const override { return vocabulary_.bytes() + merges_.bytes(); }

 private:
  void symbols_of(std::string_view word, std::vector<int32_t>& symbols, Poll& poll) const {
    const TokenTrie& trie = vocabulary_.trie();
    bool has_unknown = false;  // one that is not yet put, as others may be one with it
    const auto put_unknown = [&] {
      if (has_unknown) symbols.push_back(unknown_);
      has_unknown = false;
    };
    for (size_t begin = 0; begin < word.size();) {
      const size_t length = of_bytes_ ? 1 : static_cast<size_t>(length_of(word[begin]));
      const std::string_view character = word.substr(begin, length);
      const bool is_last = begin + length == word.size();
      int32_t node = begin == 0 ? TokenTrie::kRoot : inside_;
      if (node != TokenTrie::kNone) node = trie.walk(node, character);
      if (node != TokenTrie::kNone && is_last) node = trie.walk(node, suffix_);
      const int32_t id = node == TokenTrie::kNone ? Vocabulary::kNone : vocabulary_.id(node);
      poll();
      if (id != Vocabulary::kNone) {
        put_unknown();
        symbols.push_back(id);
      } else if (!(byte_fallback_ && by_bytes(begin == 0 ? "" : prefix_, character, is_last ? suffix_ : "", symbols)) &&
                 unknown_ != Vocabulary::kNone) {
        if (!fuse_unknown_) put_unknown();
        has_unknown = true;
      }
      begin += length;
    }
    put_unknown();
  }

  bool by_bytes(std::string_view prefix, std::string_view character, std::string_view suffix,
                std::vector<int32_t>& symbols) const {
    const size_t before = symbols.size();
    for (const std::string_view part : {prefix, character, suffix})
      for (const char byte : part) {
        const int32_t id = bytes_[static_cast<uint8_t>(byte)];
        if (id == Vocabulary::kNone) {
          symbols.resize(before);
          return false;
        }
        symbols.push_back(id);
      }
    return true;
  }

  void merge_short(std::vector<int32_t>& symbols) const {
    uint64_t pairs[kShortWord];
    size_t count = symbols.size();
    for (size_t i = 0; i + 1 < count; ++i) pairs[i] = merges_.find(symbols[i], symbols[i + 1]);
    while (count > 1) {
      size_t best = 0;
      for (size_t i = 1; i + 1 < count; ++i)
        if (pairs[i] < pairs[best]) best = i;
      if (pairs[best] == Merges::kNone) break;
      symbols[best] = Merges::id(pairs[best]);
      --count;
      for (size_t i = best + 1; i < count; ++i) symbols[i] = symbols[i + 1];
      for (size_t i = best + 1; i + 1 < count; ++i) pairs[i] = pairs[i + 1];
      if (best > 0) pairs[best - 1] = merges_.find(symbols[best - 1], symbols[best]);
      if (best + 1 < count) pairs[best] = merges_.find(symbols[best], symbols[best + 1]);
    }
    symbols.resize(count);
  }

  // Symbols in a list, merges that may be done in a heap; one of a pair that is no more is left aside.
  void merge_long(BpeScratch& s, Poll& poll) const {
    constexpr int32_t kGone = -2;
    constexpr uint32_t kEnd = UINT32_MAX;
    const auto count = static_cast<uint32_t>(s.symbols.size());
    s.before.resize(count);
    s.after.resize(count);
    s.heap.clear();
    for (uint32_t i = 0; i < count; ++i) {
      poll();
      s.before[i] = i == 0 ? kEnd : i - 1;
      s.after[i] = i + 1 == count ? kEnd : i + 1;
      if (i + 1 == count) break;
      const uint64_t merge = merges_.find(s.symbols[i], s.symbols[i + 1]);
      if (merge != Merges::kNone) s.heap.push_back({merge, i});
    }
    const auto later = std::greater<Waiting>();
    std::make_heap(s.heap.begin(), s.heap.end(), later);
    const auto wait = [&](uint32_t at, uint32_t next) {
      const uint64_t merge = merges_.find(s.symbols[at], s.symbols[next]);
      if (merge == Merges::kNone) return;
      s.heap.push_back({merge, at});
      std::push_heap(s.heap.begin(), s.heap.end(), later);
    };
    while (!s.heap.empty()) {
      poll(16);
      std::pop_heap(s.heap.begin(), s.heap.end(), later);
      const auto [merge, at] = s.heap.back();
      s.heap.pop_back();
      const uint32_t next = s.after[at];
      if (s.symbols[at] == kGone || next == kEnd || merges_.find(s.symbols[at], s.symbols[next]) != merge) continue;
      s.symbols[at] = Merges::id(merge);
      s.symbols[next] = kGone;
      s.after[at] = s.after[next];
      if (s.after[at] != kEnd) s.before[s.after[at]] = at;
      if (s.before[at] != kEnd) wait(s.before[at], at);
      if (s.after[at] != kEnd) wait(at, s.after[at]);
    }
    std::erase(s.symbols, kGone);
  }

  Vocabulary vocabulary_;
  Merges merges_;
  bool of_bytes_;
  std::string prefix_, suffix_;
  int32_t inside_ = TokenTrie::kRoot;  // where the characters that do not begin a word begin
  int32_t unknown_ = Vocabulary::kNone;
  bool fuse_unknown_, byte_fallback_, ignore_merges_;
  std::vector<int32_t> bytes_;
};

}  // namespace

std::unique_ptr<const WordModel> make_bpe(const TokenModel& model, bool of_bytes, Poll& poll) {
  if (model.tokens.size() != model.ids.size()) fail_value("vocab: expected an id for each token.");
  return std::make_unique<const Bpe>(model, of_bytes, poll);
}

}  // namespace kindred
