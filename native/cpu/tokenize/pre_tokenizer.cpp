#include "cpu/tokenize/pre_tokenizer.h"

#include <algorithm>
#include <cstring>

#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/normalizer.h"
#include "cpu/tokenize/utf8_text.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

using Kind = SplitStep::Kind;

constexpr size_t kMostBytes = size_t{1} << 31;

// Cuts every word: find(p, end, begin) gives the end of what is found at p in the word [begin, end), or nullptr.
template <class Find>
void cut(Words& words, Found found, bool invert, Poll& poll, Find find) {
  words.next.clear();
  const char* const text = words.text.data();
  for (const WordSpan span : words.spans) {
    Cutter cutter(found, words.next);
    const char *p = text + span.begin, *end = text + span.end, *rest = p;
    const auto at = [&](const char* q) { return static_cast<uint32_t>(q - text); };
    while (p < end) {
      poll();
      const char* after = find(p, end, text + span.begin);
      if (after == nullptr) {
        p += length_of(*p);
        continue;
      }
      cutter.part(at(rest), at(p), invert);
      cutter.part(at(p), at(after), !invert);
      p = rest = after;
    }
    cutter.part(at(rest), at(end), invert);
  }
  words.spans.swap(words.next);
}

// The same for single characters of a set.
void cut_by(Words& words, const CodePointSet& set, Found found, Poll& poll) {
  cut(words, found, false, poll,
      [&](const char* p, const char*, const char*) -> const char* { return set.has(next_point(p)) ? p : nullptr; });
}

// Every word from its beginning to its end, in words that follow one another.
template <class End>
void chop(Words& words, Poll& poll, End word_end) {
  words.next.clear();
  const char* const text = words.text.data();
  for (const WordSpan span : words.spans) {
    const char *p = text + span.begin, *end = text + span.end;
    while (p < end) {
      poll();
      const char* after = word_end(p, end);
      words.next.push_back({static_cast<uint32_t>(p - text), static_cast<uint32_t>(after - text)});
      p = after;
    }
  }
  words.spans.swap(words.next);
}

// A new text, to which make(word, out) appends what becomes of every word.
template <class Make>
void rewrite(Words& words, Make make) {
  std::string& out = words.new_text();
  for (WordSpan& span : words.spans) {
    const auto begin = static_cast<uint32_t>(out.size());
    make(span, out);
    span = {begin, static_cast<uint32_t>(out.size())};
    if (out.size() > kMostBytes) throw Error("ERR_TOO_LARGE", "text: expected at most 2^31 bytes once it is cut.");
  }
  words.text = out;
}

void metaspace(const SplitStep& step, Words& words, bool begins, Poll& poll) {
  const std::string& mark = step.pattern;
  rewrite(words, [&](WordSpan span, std::string& out) {
    const std::string_view word = words.word(span);
    poll(static_cast<int64_t>(word.size()));
    const bool may =
        step.prepend == SplitStep::kAlways || (step.prepend == SplitStep::kFirst && begins && span.begin == 0);
    if (may && !word.starts_with(mark) && !word.starts_with(' ')) out.append(mark);
    for (size_t begin = 0; begin < word.size();) {
      const size_t space = std::min(word.find(' ', begin), word.size());
      out.append(word.substr(begin, space - begin));
      if (space < word.size()) out.append(mark);
      begin = space + 1;
    }
  });
  if (!step.splits) return;
  cut(words, Found::kMergedWithNext, false, poll, [&](const char* p, const char* end, const char*) -> const char* {
    const size_t n = mark.size();
    return static_cast<size_t>(end - p) >= n && std::memcmp(p, mark.data(), n) == 0 ? p + n : nullptr;
  });
}

void byte_level(const SplitStep& step, bool keeps_bytes, Words& words, Poll& poll) {
  if (step.prepend != SplitStep::kNever)
    rewrite(words, [&](WordSpan span, std::string& out) {
      const std::string_view word = words.word(span);
      if (!word.starts_with(' ')) out.push_back(' ');
      out.append(word);
    });
  if (step.splits) chop(words, poll, gpt2_word_end);
  if (keeps_bytes) return;
  rewrite(words, [&](WordSpan span, std::string& out) { append_byte_characters(words.word(span), out); });
}

}  // namespace

PreTokenizer::PreTokenizer(const std::vector<SplitStep>& steps, bool keeps_bytes) {
  for (const SplitStep& given : steps) {
    Step step{given, nullptr, nullptr, keeps_bytes && &given == &steps.back()};
    if (given.kind == Kind::kPattern || given.kind == Kind::kMetaspace) {
      if (given.pattern.empty()) fail_value("pre_tokenizer: expected a pattern that is not empty.");
    }
    if (given.kind == Kind::kPattern && given.is_regex) {
      const bool is_whole = given.found == Found::kIsolated || (given.found == Found::kRemoved && given.invert);
      if (is_whole) step.word_end = word_end_of(given.pattern);
      if (!step.word_end) step.regex = std::make_shared<const Regex>(given.pattern);
    }
    if (given.kind == Kind::kFixedLength && given.length < 1) fail_value("length: expected at least 1.");
    steps_.push_back(std::move(step));
  }
}

void PreTokenizer::run(const Step& step, Words& words, bool begins, Poll& poll) {
  const SplitStep& given = step.given;
  switch (given.kind) {
    case Kind::kBert:
      cut_by(words, white_space(), Found::kRemoved, poll);
      return cut_by(words, punctuation(), Found::kIsolated, poll);
    case Kind::kWhitespace: {
      // \w+|[^\w\s]+
      const CodePointSet &word = word_characters(), &white = white_space();
      return cut(words, Found::kRemoved, true, poll, [&](const char* p, const char* end, const char*) -> const char* {
        uint32_t point = next_point(p);
        if (white.has(point)) return nullptr;
        for (const bool is_word = word.has(point); p < end;) {
          const char* after = p;
          point = next_point(after);
          if (word.has(point) != is_word || white.has(point)) break;
          p = after;
        }
        return p;
      });
    }
    case Kind::kWhiteSplit:
      return cut_by(words, white_space(), Found::kRemoved, poll);
    case Kind::kDigits:
      return cut_by(words, numeric(), given.found, poll);
    case Kind::kPunctuation:
      return cut_by(words, punctuation(), given.found, poll);
    case Kind::kPattern:
      if (step.word_end) return chop(words, poll, step.word_end);
      if (!step.regex)
        return cut(words, given.found, given.invert, poll,
                   [&](const char* p, const char* end, const char*) -> const char* {
                     const size_t n = given.pattern.size();
                     return static_cast<size_t>(end - p) >= n && std::memcmp(p, given.pattern.data(), n) == 0 ? p + n
                                                                                                              : nullptr;
                   });
      // An expression sees the word that it cuts, not what lies around it.
      return cut(words, given.found, given.invert, poll, [&](const char* p, const char* end, const char* begin) {
        return step.regex->match({begin, static_cast<size_t>(end - begin)}, p, words.regex, poll);
      });
    case Kind::kMetaspace:
      return metaspace(given, words, begins, poll);
    case Kind::kByteLevel:
      return byte_level(given, step.keeps_bytes, words, poll);
    case Kind::kFixedLength:
      return chop(words, poll, [&](const char* p, const char* end) {
        for (int64_t n = 0; n < given.length && p < end; ++n) p += length_of(*p);
        return p;
      });
  }
}

void PreTokenizer::apply(Words& words, bool begins, Poll& poll) const {
  for (const Step& step : steps_) run(step, words, begins, poll);
}

int64_t PreTokenizer::bytes() const {
  int64_t bytes = 0;
  for (const Step& step : steps_) bytes += static_cast<int64_t>(sizeof step) + (step.regex ? step.regex->bytes() : 0);
  return bytes;
}

}  // namespace kindred
