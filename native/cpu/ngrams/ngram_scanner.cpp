#include "cpu/ngrams/ngram_scanner.h"

#include "cpu/text/utf8.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr uint8_t kBetween = 0xFF;
constexpr int64_t kLongest = 1000;
constexpr uint32_t kSigma = 0x3A3, kDottedI = 0x130;

}  // namespace

void check_rules(const NgramRules& rules) {
  if (rules.shortest < 1 || rules.longest < rules.shortest || rules.longest > kLongest)
    fail_value("ngramRange: expected 1 <= shortest <= longest <= " + std::to_string(kLongest) + " but received " +
               std::to_string(rules.shortest) + " and " + std::to_string(rules.longest) + ".");
  if (rules.analyzer != NgramAnalyzer::word && !rules.stop_words.empty())
    fail_value("stopWords: expected none where n-grams are of characters.");
}

TermTable stop_word_table(const NgramRules& rules) {
  TermTable table;
  for (const std::string& word : rules.stop_words) table.add(word, TermTable::hash(word));
  return table;
}

NgramScanner::NgramScanner(const NgramRules& rules, const TermTable& stop_words)
    : rules_(rules), stop_words_(stop_words), folder_(rules) {
  for (uint32_t b = 0; b < 128; ++b) {
    const CodePoint point = folder_[b];
    ascii_[b] = !in_token(point) ? kBetween : static_cast<uint8_t>(rules.lowercase ? point.lower() : b);
  }
}

void NgramScanner::divide(std::string_view text, Poll& poll) {
  used_ = 0;
  units_.clear();
  runs_.clear();
  const bool words = rules_.analyzer == NgramAnalyzer::word;
  if (!words || !plain_tokens(text, poll)) {
    used_ = 0;
    units_.clear();
    const std::vector<uint32_t>& points = folder_.fold(text, poll);
    if (words)
      tokens(points, poll);
    else if (rules_.analyzer == NgramAnalyzer::character)
      characters(points, poll);
    else
      words_of_characters(points, poll);
  }
  if (rules_.analyzer != NgramAnalyzer::character_in_word && !units_.empty()) runs_.push_back({0, units_.size()});
}

// Takes the token that was written from `begin` on, with a space behind it, unless it is too short or a stop word.
void NgramScanner::end_token(size_t begin, size_t end, int64_t characters) {
  const std::string_view token(utf8_.data() + begin, end - begin);
  if (rules_.tokens == TokenPattern::two_or_more && characters < 2) return;
  if (stop_words_.size() > 0 && stop_words_.find(token, TermTable::hash(token)) != TermTable::kNone) return;
  units_.push_back({begin, end});
  utf8_[end] = ' ';
  used_ = end + 1;
}

// Without a folded copy: ASCII through a table, other characters one by one. False, with part of the tokens taken,
// where a character's small letter depends on others, or decomposes.
bool NgramScanner::plain_tokens(std::string_view text, Poll& poll) {
  if (utf8_.size() < text.size() * 3 + 5) utf8_.resize(text.size() * 3 + 5);  // U+FFFD stands for one byte
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = p + text.size();
  char* out = utf8_.data();
  int64_t characters = 0;
  const auto finish = [&] {
    if (characters == 0) return;
    poll(characters);
    end_token(used_, out - utf8_.data(), characters);
    out = utf8_.data() + used_;
    characters = 0;
  };
  while (p < end) {
    if (*p < 0x80) {
      const uint8_t small = ascii_[*p++];
      if (small == kBetween) {
        finish();
      } else {
        *out++ = static_cast<char>(small);
        ++characters;
      }
      continue;
    }
    if (rules_.accents != Accents::kept) return false;
    uint32_t point = decode_utf8(p, end);
    if (rules_.lowercase) {
      if (point == kSigma || point == kDottedI) return false;
      point = folder_[point].lower();
    }
    if (in_token(folder_[point])) {
      out += encode_utf8(point, out);
      ++characters;
    } else {
      finish();
    }
  }
  finish();
  return true;
}

void NgramScanner::tokens(const std::vector<uint32_t>& points, Poll& poll) {
  if (utf8_.size() < points.size() * 4 + 1) utf8_.resize(points.size() * 4 + 1);
  for (size_t i = 0; i < points.size();) {
    poll();
    if (!in_token(folder_[points[i]])) {
      ++i;
      continue;
    }
    const size_t first = i;
    size_t end = used_;
    for (; i < points.size() && in_token(folder_[points[i]]); ++i) end += encode_utf8(points[i], utf8_.data() + end);
    poll(static_cast<int64_t>(i - first));
    end_token(used_, end, static_cast<int64_t>(i - first));
  }
}

void NgramScanner::add_character(uint32_t point) {
  const size_t begin = used_;
  used_ += encode_utf8(point, utf8_.data() + used_);
  units_.push_back({begin, used_});
}

// Two or more characters of white space are one space; one alone stays what it is.
void NgramScanner::characters(const std::vector<uint32_t>& points, Poll& poll) {
  if (utf8_.size() < points.size() * 4) utf8_.resize(points.size() * 4);
  for (size_t i = 0; i < points.size();) {
    poll();
    const size_t first = i++;
    if (folder_[points[first]].space())
      while (i < points.size() && folder_[points[i]].space()) ++i;
    add_character(i - first > 1 ? ' ' : points[first]);
  }
}

// " one two ": words share the space between them.
void NgramScanner::words_of_characters(const std::vector<uint32_t>& points, Poll& poll) {
  if (utf8_.size() < points.size() * 4 + 2) utf8_.resize(points.size() * 4 + 2);
  for (size_t i = 0; i < points.size();) {
    poll();
    if (folder_[points[i]].space()) {
      ++i;
      continue;
    }
    if (units_.empty()) add_character(' ');
    const size_t begin = units_.size() - 1;
    for (; i < points.size() && !folder_[points[i]].space(); ++i) add_character(points[i]);
    add_character(' ');
    runs_.push_back({begin, units_.size()});
  }
}

}  // namespace kindred
