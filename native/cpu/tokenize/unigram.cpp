// The Unigram model (Kudo 2018): of all ways to cut a word into pieces the one with the greatest sum of scores, found
// from left to right as sentencepiece does it, ties and rounding included.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "cpu/tokenize/utf8_text.h"
#include "cpu/tokenize/vocabulary.h"
#include "cpu/tokenize/word_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr double kUnknownPenalty = 10.0;

// The best way to a place in the word.
struct Best {
  double score = 0;
  int32_t from = -1;  // where its last piece begins; -1: no way leads here
  int32_t id = 0;
};

constexpr int kPowers = 40;

// 10^n to the nearest double.
double power_of_ten(int n) {
  static constexpr double kPowersOfTen[kPowers] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
                                                   1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29,
                                                   1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38, 1e39};
  return kPowersOfTen[n];
}

// A score as the reference reads it from a file: its digits as an integer, rounded to a double, divided by a power of
// ten, which rounds once more, so that the last bit may be another than that of the nearest double. Sums of scores tell
// ties by it.
double as_read(double score) {
  char text[40];
  for (int digits = 15; digits <= 17; ++digits) {  // as few as tell it from all others
    std::snprintf(text, sizeof text, "%.*e", digits - 1, std::abs(score));
    if (std::strtod(text, nullptr) == std::abs(score)) break;
  }
  uint64_t number = 0;
  int exponent = 0;
  const char* p = text;
  for (bool behind_point = false; *p != 'e' && *p != '\0'; ++p) {
    if (*p < '0' || *p > '9') {
      behind_point = true;
      continue;
    }
    number = number * 10 + static_cast<uint64_t>(*p - '0');
    exponent -= behind_point;
  }
  if (*p == 'e') exponent += std::atoi(p + 1);
  if (exponent > 0 || exponent <= -kPowers) return score;
  return std::copysign(static_cast<double>(number) / power_of_ten(-exponent), score);
}

struct Piece {
  int32_t begin, end, id;
};

struct UnigramScratch : WordModel::Scratch {
  std::vector<Best> best;     // [bytes + 1]
  std::vector<Piece> pieces;  // from the last to the first
};

class Unigram : public WordModel {
 public:
  explicit Unigram(const TokenModel& model)
      : vocabulary_(model.tokens, model.ids),
        scores_(model.scores),
        unknown_(vocabulary_.find(model.unknown)),
        byte_fallback_(model.byte_fallback),
        bytes_(byte_tokens(vocabulary_)) {
    if (scores_.size() != model.tokens.size()) fail_value("vocab: expected a score for each token.");
    if (unknown_ == Vocabulary::kNone) fail_value("unk_id: expected the id of a token, for characters without one.");
    double least = INFINITY;
    for (double& score : scores_) {
      if (!std::isfinite(score)) fail_value("vocab: expected scores that are finite.");
      score = as_read(score);
      least = std::min(least, score);
    }
    unknown_score_ = least - kUnknownPenalty;
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<UnigramScratch>(); }

  void encode(std::string_view word, std::vector<int32_t>& ids, Scratch& scratch, Poll& poll) const override {
    auto& s = static_cast<UnigramScratch&>(scratch);
    forwards(word, s.best, poll);
    // From the end: pieces, unknown ones in a row together.
    s.pieces.clear();
    for (auto end = static_cast<int32_t>(word.size()); end > 0;) {
      const int32_t id = s.best[end].id;
      int32_t begin = s.best[end].from;
      if (id == unknown_)
        while (begin > 0 && s.best[begin].id == unknown_) begin = s.best[begin].from;
      s.pieces.push_back({begin, end, id});
      end = begin;
    }
    for (size_t i = s.pieces.size(); i-- > 0;) {
      const auto [begin, end, id] = s.pieces[i];
      if (id == unknown_)
        unknown(word.substr(begin, end - begin), ids);
      else
        ids.push_back(id);
    }
  }

  int64_t bytes() const override { return vocabulary_.bytes() + static_cast<int64_t>(scores_.size() * 8); }

 private:
  void forwards(std::string_view word, std::vector<Best>& best, Poll& poll) const {
    const TokenTrie& trie = vocabulary_.trie();
    const auto size = static_cast<int32_t>(word.size());
    best.assign(word.size() + 1, Best{});
    for (int32_t begin = 0; begin < size;) {
      const int32_t single = begin + length_of(word[begin]);
      const double here = best[begin].score;
      const auto reach = [&](int32_t end, double score, int32_t id) {
        Best& at = best[end];
        if (at.from >= 0 && !(here + score > at.score)) return;
        at = {here + score, begin, id};
      };
      bool has_single = false;
      int32_t node = TokenTrie::kRoot, end = begin;
      while (end < size) {
        node = trie.step(node, static_cast<uint8_t>(word[end]));
        if (node == TokenTrie::kNone) break;
        ++end;
        const int32_t at = vocabulary_.position(node);
        if (at == TokenTrie::kNone) continue;
        reach(end, scores_[at], vocabulary_.id(node));
        has_single |= end == single;
      }
      poll(end - begin + 1);
      if (!has_single) reach(single, unknown_score_, unknown_);
      begin = single;
    }
  }

  // What has no piece, which as a whole may be a token nevertheless.
  void unknown(std::string_view text, std::vector<int32_t>& ids) const {
    if (const int32_t id = vocabulary_.find(text); id != Vocabulary::kNone) {
      ids.push_back(id);
      return;
    }
    const bool has_all = byte_fallback_ && std::all_of(text.begin(), text.end(), [&](char byte) {
                           return bytes_[static_cast<uint8_t>(byte)] != Vocabulary::kNone;
                         });
    if (!has_all) {
      ids.push_back(unknown_);
      return;
    }
    for (const char byte : text) ids.push_back(bytes_[static_cast<uint8_t>(byte)]);
  }

  Vocabulary vocabulary_;
  std::vector<double> scores_;
  int32_t unknown_;
  bool byte_fallback_;
  std::vector<int32_t> bytes_;
  double unknown_score_;
};

}  // namespace

std::unique_ptr<const WordModel> make_unigram(const TokenModel& model, Poll&) {
  return std::make_unique<const Unigram>(model);
}

}  // namespace kindred
