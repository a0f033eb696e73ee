#include "kindred/text/wordpiece.h"

#include <algorithm>
#include <unordered_map>

#include "cpu/text/code_point_map.h"
#include "cpu/text/token_trie.h"
#include "cpu/text/word_buffer.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// What a byte of raw text begins.
enum Byte : uint8_t {
  kLetter,       // an ASCII character of a word
  kPunctuation,  // an ASCII character that is a word of its own
  kSpace,
  kDropped,
  kWide,   // a code point beyond ASCII
  kAdded,  // perhaps an added token
};

constexpr int64_t kWordsBetweenPolls = 1024;
constexpr uint32_t kHangul = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;

}  // namespace

struct WordPiece::Tables {
  Tables(const std::vector<std::string>& vocabulary, const WordPieceOptions& options)
      : map(options),
        tokens(vocabulary),
        added(options.added),
        size(static_cast<int64_t>(vocabulary.size())),
        max_characters(options.max_characters) {
    continuation = tokens.walk(TokenTrie::kRoot, options.prefix);
    for (int b = 0; b < 256; ++b) {
      const CodePointMap::Entry entry = map[b < 0x80 ? b : kReplacement];
      lower[b] = static_cast<uint8_t>(entry.form() == CodePointMap::kOne ? entry.value() : b);
      const bool gone = entry.form() == CodePointMap::kGone;
      plain[b] = b >= 0x80                              ? kWide
                 : gone                                 ? kDropped
                 : entry.kind() == CodePointMap::kSpace ? kSpace
                 : entry.kind() == CodePointMap::kAlone ? kPunctuation
                                                        : kLetter;
    }
    std::copy_n(plain, 256, bytes);
    for (const std::string& token : options.added) bytes[static_cast<uint8_t>(token[0])] = kAdded;
  }

  // A word's pieces, or the unknown token.
  void pieces(std::string_view word, std::vector<int32_t>& ids) const {
    const size_t before = ids.size();
    int32_t node = TokenTrie::kRoot;
    for (size_t begin = 0; begin < word.size(); node = continuation) {
      int32_t best = TokenTrie::kNone;
      for (size_t i = begin; node != TokenTrie::kNone && i < word.size();) {
        node = tokens.step(node, static_cast<uint8_t>(word[i++]));
        if (node == TokenTrie::kNone || tokens.value(node) == TokenTrie::kNone) continue;
        best = tokens.value(node);
        begin = i;
      }
      if (best == TokenTrie::kNone) {
        ids.resize(before);
        ids.push_back(unknown);
        return;
      }
      ids.push_back(best);
    }
  }

  CodePointMap map;
  TokenTrie tokens;
  TokenTrie added;
  std::vector<int32_t> added_ids;
  int64_t size;
  int64_t max_characters;
  int32_t unknown = 0;
  int32_t continuation;
  uint8_t lower[256], plain[256], bytes[256];  // bytes: plain, with kAdded
};

namespace {

// One text on its way to ids.
template <class Tables>
class Encoding {
 public:
  Encoding(const Tables& tables, std::vector<int32_t>& ids, const AbortFlag* abort)
      : t_(tables), ids_(ids), abort_(abort), word_(tables.max_characters) {}

  void run(std::string_view text) {
    const auto* p = reinterpret_cast<const uint8_t*>(text.data());
    const uint8_t* const end = p + text.size();
    while (p < end) {
      uint8_t what = t_.bytes[*p];
      if (what == kAdded) {
        if (added_token(p, end)) continue;
        what = t_.plain[*p];
      }
      switch (what) {
        case kLetter: {
          const uint8_t* begin = p++;
          while (p < end && t_.bytes[*p] == kLetter) ++p;
          word_.append_ascii(begin, p - begin, t_.lower);
          break;
        }
        case kPunctuation:
          alone(t_.lower[*p++]);
          break;
        case kSpace:
          end_word();
          ++p;
          break;
        case kDropped:
          ++p;
          break;
        default:
          wide(decode_utf8(p, end));
      }
    }
    end_word();
  }

 private:
  // Takes the longest added token that begins at p, if there is one.
  bool added_token(const uint8_t*& p, const uint8_t* end) {
    int32_t node = TokenTrie::kRoot, best = TokenTrie::kNone;
    const uint8_t* after = p;
    for (const uint8_t* q = p; q < end;) {
      node = t_.added.step(node, *q++);
      if (node == TokenTrie::kNone) break;
      if (t_.added.value(node) == TokenTrie::kNone) continue;
      best = t_.added.value(node);
      after = q;
    }
    if (best == TokenTrie::kNone) return false;
    end_word();
    ids_.push_back(t_.added_ids[best]);
    p = after;
    return true;
  }

  void wide(uint32_t point) {
    const CodePointMap::Entry entry = t_.map[point];
    switch (entry.form()) {
      case CodePointMap::kSelf:
        return emit(entry, point);
      case CodePointMap::kOne:
        return emit(entry, entry.value());
      case CodePointMap::kSequence:
        for (const auto* e = t_.map.sequence(entry); e->form() != CodePointMap::kGone; ++e) {
          if (e->form() == CodePointMap::kOne) emit(*e, e->value());
        }
        return;
      case CodePointMap::kSyllable:  // Unicode 15, section 3.12
        word_.append(kLead + (point - kHangul) / 588);
        word_.append(kVowel + (point - kHangul) % 588 / 28);
        if ((point - kHangul) % 28 != 0) word_.append(kTrail + (point - kHangul) % 28);
        return;
      case CodePointMap::kGone:
        return;
      case CodePointMap::kGoneStart:
        return word_.start_run();
    }
  }

  void emit(CodePointMap::Entry entry, uint32_t point) {
    if (entry.kind() == CodePointMap::kSpace) return end_word();
    if (entry.kind() == CodePointMap::kAlone) return alone(point);
    if (entry.reordered()) return word_.insert(point, CodePointMap::combining(point));
    word_.append(point);
  }

  void alone(uint32_t point) {
    end_word();
    word_.append(point);
    end_word();
  }

  void end_word() {
    if (word_.empty()) return;
    if (word_.too_long())
      ids_.push_back(t_.unknown);
    else
      t_.pieces(word_.view(), ids_);
    word_.clear();
    if (++words_ % kWordsBetweenPolls == 0 && aborted(abort_)) fail_aborted();
  }

  const Tables& t_;
  std::vector<int32_t>& ids_;
  const AbortFlag* abort_;
  WordBuffer word_;
  int64_t words_ = 0;
};

}  // namespace

WordPiece::WordPiece(const std::vector<std::string>& vocabulary, const WordPieceOptions& options) {
  if (options.max_characters < 1 || options.max_characters > 10000)
    fail_value("max_characters: expected 1 to 10000 but received " + std::to_string(options.max_characters) + ".");
  if (vocabulary.size() > INT32_MAX) throw Error("ERR_TOO_LARGE", "vocabulary: expected fewer than 2^31 tokens.");
  std::unordered_map<std::string_view, int32_t> ids;
  for (size_t i = 0; i < vocabulary.size(); ++i)
    if (!vocabulary[i].empty() && !ids.emplace(vocabulary[i], static_cast<int32_t>(i)).second)
      throw Error("ERR_DUPLICATE", "vocabulary: token " + std::to_string(i) + " comes twice.");
  const auto id_of = [&](const std::string& token) {
    const auto found = ids.find(token);
    if (found == ids.end()) fail_value("expected a token of the vocabulary but received \"" + token + "\".");
    return found->second;
  };
  std::vector<int32_t> added_ids;
  for (const std::string& token : options.added) added_ids.push_back(id_of(token));
  auto tables = std::make_unique<Tables>(vocabulary, options);
  tables->unknown = id_of(options.unknown);
  tables->added_ids = std::move(added_ids);
  tables_ = std::move(tables);
}

WordPiece::~WordPiece() = default;

int64_t WordPiece::size() const { return tables_->size; }

int64_t WordPiece::bytes() const {
  return tables_->map.bytes() + tables_->tokens.bytes() + tables_->added.bytes() + int64_t{sizeof(Tables)};
}

void WordPiece::encode(std::string_view text, std::vector<int32_t>& ids, const AbortFlag* abort) const {
  Encoding<Tables>(*tables_, ids, abort).run(text);
}

}  // namespace kindred
