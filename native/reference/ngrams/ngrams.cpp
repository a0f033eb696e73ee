#include "reference/ngrams/ngrams.h"

#include <algorithm>

#include "cpu/ngrams/unicode_tables.h"
#include "cpu/text/utf8.h"
#include "reference/text/decompose.h"

namespace kindred::reference {
namespace {

using namespace unicode_tables;
using Points = std::vector<uint32_t>;

template <class Ranges>
bool in(const Ranges& ranges, uint32_t point) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [=](const auto& r) { return point >= r.first && point <= r.last; });
}

bool is_final_sigma(const Points& text, size_t at) {
  Points before(text.begin(), text.begin() + at), after(text.begin() + at + 1, text.end());
  const auto drop = [](Points& points) {
    points.erase(std::remove_if(points.begin(), points.end(), [](uint32_t p) { return in(kIgnorable, p); }),
                 points.end());
  };
  drop(before);
  drop(after);
  return !before.empty() && in(kCased, before.back()) && (after.empty() || !in(kCased, after.front()));
}

Points lowercase(const Points& text) {
  Points out;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint32_t point = text[i];
    int32_t delta = 0;
    for (const Case& c : kLower)
      if (point >= c.first && point <= c.last && (point - c.first) % c.step == 0) delta = c.delta;
    if (point == 0x130)
      out.insert(out.end(), {'i', 0x307});
    else if (point == 0x3A3)
      out.push_back(is_final_sigma(text, i) ? 0x3C2 : 0x3C3);
    else
      out.push_back(point + delta);
  }
  return out;
}

Points decomposed(uint32_t point) {
  return decompose(point, kDecomposed, kDecompositions, [](int32_t i) { return kSequences + i; });
}

Points strip_accents(const Points& text, bool ascii) {
  Points out;
  for (const uint32_t point : text)
    for (const uint32_t part : decomposed(point))
      if (!ascii || part < 0x80) out.push_back(part);
  return out;
}

std::string utf8(const Points& points) {
  std::string out;
  char bytes[4];
  for (const uint32_t point : points) out.append(bytes, encode_utf8(point, bytes));
  return out;
}

// The longest runs of characters that `belongs` takes.
template <class Belongs>
std::vector<Points> runs(const Points& text, Belongs belongs) {
  std::vector<Points> out(1);
  for (const uint32_t point : text) {
    if (belongs(point))
      out.back().push_back(point);
    else
      out.emplace_back();
  }
  out.erase(std::remove(out.begin(), out.end(), Points{}), out.end());
  return out;
}

bool is_space(uint32_t point) { return in(kSpace, point); }

std::vector<std::string> word_ngrams(const NgramRules& rules, const Points& text) {
  std::vector<std::string> tokens, out;
  for (const Points& run : runs(text, [&](uint32_t point) {
         return rules.tokens == TokenPattern::not_space ? !is_space(point) : in(kWord, point);
       })) {
    const bool is_stop = std::count(rules.stop_words.begin(), rules.stop_words.end(), utf8(run)) > 0;
    if (!is_stop && (rules.tokens != TokenPattern::two_or_more || run.size() > 1)) tokens.push_back(utf8(run));
  }
  for (int64_t n = rules.shortest; n <= rules.longest; ++n)
    for (size_t i = 0; i + n <= tokens.size(); ++i) {
      std::string ngram = tokens[i];
      for (int64_t j = 1; j < n; ++j) ngram += " " + tokens[i + j];
      out.push_back(ngram);
    }
  return out;
}

std::vector<std::string> character_ngrams(const NgramRules& rules, const Points& text) {
  Points spaced;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && is_space(text[end])) ++end;
    if (end > i + 1) {
      spaced.push_back(' ');
      i = end;
    } else {
      spaced.push_back(text[i++]);
    }
  }
  std::vector<std::string> out;
  for (int64_t n = rules.shortest; n <= rules.longest; ++n)
    for (size_t i = 0; i + n <= spaced.size(); ++i)
      out.push_back(utf8(Points(spaced.begin() + i, spaced.begin() + i + n)));
  return out;
}

std::vector<std::string> ngrams_in_words(const NgramRules& rules, const Points& text) {
  std::vector<std::string> out;
  for (Points word : runs(text, [](uint32_t point) { return !is_space(point); })) {
    word.insert(word.begin(), ' ');
    word.push_back(' ');
    const auto size = static_cast<int64_t>(word.size());
    for (int64_t n = rules.shortest; n <= rules.longest; ++n) {
      for (int64_t i = 0; i + n <= size; ++i) out.push_back(utf8(Points(word.begin() + i, word.begin() + i + n)));
      if (n > size) out.push_back(utf8(word));
      if (n >= size) break;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> ngrams(const NgramRules& rules, std::string_view text) {
  Points points;
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  for (const auto* end = p + text.size(); p < end;) points.push_back(decode_utf8(p, end));
  if (rules.lowercase) points = lowercase(points);
  if (rules.accents != Accents::kept) points = strip_accents(points, rules.accents == Accents::ascii);
  switch (rules.analyzer) {
    case NgramAnalyzer::word:
      return word_ngrams(rules, points);
    case NgramAnalyzer::character:
      return character_ngrams(rules, points);
    default:
      return ngrams_in_words(rules, points);
  }
}

std::map<std::string, int> count_ngrams(const NgramRules& rules, std::string_view text, bool binary) {
  std::map<std::string, int> counts;
  for (const std::string& ngram : ngrams(rules, text)) {
    int& count = counts[ngram];
    count = binary ? 1 : count + 1;
  }
  return counts;
}

}  // namespace kindred::reference
