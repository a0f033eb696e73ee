#include "cpu/tokenize/normalizer.h"

#include <array>

#include "cpu/text/wordpiece_tables.h"
#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/normal_forms.h"
#include "cpu/tokenize/utf8_text.h"

namespace kindred {
namespace {

using Kind = NormalizerStep::Kind;

constexpr uint32_t kCapitalDottedI = 0x130, kDotAbove = 0x307;

template <class Ranges>
const CodePointSet& kept_set(const Ranges& ranges) {
  return *new CodePointSet(set_of(ranges));
}

const CodePointMapOf<int32_t>& lower() {
  static const auto& table = *new CodePointMapOf<int32_t>([] {
    std::vector<int32_t> all(kCodePoints);
    for (const auto& run : wordpiece_tables::kLower)
      for (uint32_t point = run.first; point <= run.last; point += run.step) all[point] = run.delta;
    return all;
  }());
  return table;
}

// Appends every character that is not in `removed`, those in `spaces` as a space.
void filter(std::string_view text, const CodePointSet& removed, const CodePointSet* spaces, std::string& out,
            bool& cut) {
  const char* const end = text.data() + text.size();
  bool is_first = true;
  for (const char* p = text.data(); p < end;) {
    const char* begin = p;
    const uint32_t point = next_point(p);
    if (removed.has(point))
      cut |= is_first;
    else if (spaces && spaces->has(point))
      out.push_back(' ');
    else
      out.append(begin, p);
    is_first = false;
  }
}

void append_lower(std::string_view text, std::string& out) {
  const auto& table = lower();
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const uint32_t point = next_point(p);
    if (point < 0x80) {
      out.push_back(static_cast<char>(point - 'A' < 26 ? point + 32 : point));
    } else if (point == kCapitalDottedI) {
      out.push_back('i');
      append(out, kDotAbove);
    } else {
      append(out, point + table[point]);
    }
  }
}

void append_spaced(std::string_view text, std::string& out) {
  static const CodePointSet& ideographs = kept_set(wordpiece_tables::kChinese);
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* begin = p;
    const bool alone = ideographs.has(next_point(p));
    if (alone) out.push_back(' ');
    out.append(begin, p);
    if (alone) out.push_back(' ');
  }
}

std::string_view stripped(std::string_view text, bool left, bool right, bool& cut) {
  const CodePointSet& white = white_space();
  const char *begin = text.data(), *end = begin + text.size();
  while (left && begin < end) {
    const char* p = begin;
    if (!white.has(next_point(p))) break;
    begin = p;
    cut = true;
  }
  while (right && begin < end && white.has(point_at(before(end)))) end = before(end);
  return {begin, static_cast<size_t>(end - begin)};
}

// Whether what stands in place of the beginning up to `end` begins where the text does: not if nothing stands there,
// nor if it takes the place of several characters, for which the reference puts it where the last of them was.
bool cuts(std::string_view text, size_t end, std::string_view content) {
  return content.empty() || end > static_cast<size_t>(length_of(text[0]));
}

void append_replaced(std::string_view text, std::string_view pattern, std::string_view content, std::string& out,
                     bool& cut) {
  cut |= text.starts_with(pattern) && cuts(text, pattern.size(), content);
  for (size_t begin = 0;;) {
    const size_t found = text.find(pattern, begin);
    if (found == std::string_view::npos) {
      out.append(text.substr(begin));
      return;
    }
    out.append(text.substr(begin, found - begin));
    out.append(content);
    begin = found + pattern.size();
  }
}

void append_replaced(std::string_view text, const Regex& regex, std::string_view content, std::string& out, bool& cut,
                     Regex::Scratch& scratch, Poll& poll) {
  const char *p = text.data(), *end = p + text.size(), *kept = p;
  while (p < end) {
    poll();
    const char* after = regex.match(text, p, scratch, poll);
    if (after == nullptr) {
      p += length_of(*p);
      continue;
    }
    if (p == text.data()) cut |= cuts(text, static_cast<size_t>(after - p), content);
    out.append(kept, p);
    out.append(content);
    p = kept = after;
  }
  out.append(kept, end);
}

}  // namespace

uint32_t character_of_byte(uint8_t byte) {
  static const auto& table = *new std::array<uint16_t, 256>([] {
    std::array<uint16_t, 256> all{};
    uint16_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const bool printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      all[b] = printable ? static_cast<uint16_t>(b) : next++;
    }
    return all;
  }());
  return table[byte];
}

void append_byte_characters(std::string_view text, std::string& out) {
  for (const char byte : text) append(out, character_of_byte(static_cast<uint8_t>(byte)));
}

Normalizer::Normalizer(const std::vector<NormalizerStep>& steps) {
  for (const NormalizerStep& given : steps) {
    Step step{given.kind, given.pattern, given.content, given.left, given.right, nullptr, nullptr};
    if (given.kind == Kind::kPrecompiled) {
      if (given.pattern.empty()) continue;
      step.charsmap = std::make_shared<const Charsmap>(given.pattern);
      step.pattern.clear();
    }
    if (given.kind == Kind::kReplace) {
      if (given.pattern.empty()) fail_value("normalizer: expected a pattern that is not empty.");
      if (given.is_regex) step.regex = std::make_shared<const Regex>(given.pattern);
    }
    steps_.push_back(std::move(step));
  }
}

void Normalizer::run(const Step& step, std::string_view text, std::string& out, Scratch& scratch, bool& cut,
                     Poll& poll) {
  switch (step.kind) {
    case Kind::kNfc:
      return append_normal_form(NormalForm::kNfc, text, out);
    case Kind::kNfd:
      return append_normal_form(NormalForm::kNfd, text, out);
    case Kind::kNfkc:
      return append_normal_form(NormalForm::kNfkc, text, out);
    case Kind::kNfkd:
      return append_normal_form(NormalForm::kNfkd, text, out);
    case Kind::kLowercase:
      return append_lower(text, out);
    case Kind::kStripAccents: {
      static const CodePointSet& marks = kept_set(tokenizer_tables::kMarks);
      return filter(text, marks, nullptr, out, cut);
    }
    case Kind::kNmt: {
      static const CodePointSet& removed = kept_set(tokenizer_tables::kNmtRemoved);
      static const CodePointSet& spaces = kept_set(tokenizer_tables::kNmtSpaces);
      return filter(text, removed, &spaces, out, cut);
    }
    case Kind::kCleanText: {
      static const CodePointSet& removed = kept_set(wordpiece_tables::kRemoved);
      return filter(text, removed, &white_space(), out, cut);
    }
    case Kind::kChinese:
      return append_spaced(text, out);
    case Kind::kBertAccents: {
      static const CodePointSet& marks = kept_set(wordpiece_tables::kMarks);
      std::string decomposed;
      append_normal_form(NormalForm::kNfd, text, decomposed);
      return filter(decomposed, marks, nullptr, out, cut);
    }
    case Kind::kReplace:
      if (step.regex) return append_replaced(text, *step.regex, step.content, out, cut, scratch.regex, poll);
      return append_replaced(text, step.pattern, step.content, out, cut);
    case Kind::kPrepend:
      if (!text.empty()) out.append(step.content);
      out.append(text);
      return;
    case Kind::kStrip:
      out.append(stripped(text, step.left, step.right, cut));
      return;
    case Kind::kByteLevel:
      return append_byte_characters(text, out);
    case Kind::kPrecompiled:
      return step.charsmap->append_mapped(text, out);
  }
}

std::string_view Normalizer::apply(std::string_view text, Scratch& scratch, bool& cut, Poll& poll) const {
  int into = 0;
  for (const Step& step : steps_) {
    std::string& out = scratch.texts[into];
    out.clear();
    poll(static_cast<int64_t>(text.size()));
    run(step, text, out, scratch, cut, poll);
    text = out;
    into ^= 1;
  }
  return text;
}

int64_t Normalizer::bytes() const {
  int64_t bytes = 0;
  for (const Step& step : steps_)
    bytes += static_cast<int64_t>(sizeof step + step.pattern.size() + step.content.size()) +
             (step.regex ? step.regex->bytes() : 0) + (step.charsmap ? step.charsmap->bytes() : 0);
  return bytes;
}

}  // namespace kindred
