#include "cpu/tokenize/graphemes.h"

#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/utf8_text.h"

namespace kindred {
namespace {

using namespace tokenizer_tables;

// In the order of kGrapheme; the last two, of rule GB9c, are kExtend and kOther with more to know.
enum Break : uint8_t {
  kOther,
  kCr,
  kLf,
  kControl,
  kExtend,
  kZwj,
  kRegional,
  kPrepend,
  kSpacing,
  kL,
  kV,
  kT,
  kLv,
  kLvt,
  kPictographic,
  kVirama,
  kConsonant
};

const CodePointMapOf<uint8_t>& breaks() {
  static const auto& table = *new CodePointMapOf<uint8_t>([] {
    std::vector<uint8_t> all(kCodePoints);
    const auto fill = [&](const auto& run, uint8_t value) {
      for (uint32_t point = run.first; point <= run.last; ++point) all[point] = value;
    };
    for (const Value& run : kGrapheme) fill(run, static_cast<uint8_t>(run.value));
    for (const Range& run : kViramas) fill(run, kVirama);
    for (const Range& run : kLinked) fill(run, kConsonant);
    return all;
  }());
  return table;
}

bool extends(uint8_t kind) { return kind == kExtend || kind == kZwj || kind == kVirama; }

}  // namespace

const char* end_of_grapheme(const char* p, const char* end) {
  const auto& table = breaks();
  uint8_t last = table[next_point(p)];
  bool after_pictographic = last == kPictographic;  // but for extending characters, GB11
  bool after_consonant = last == kConsonant, linked = false;
  bool odd_regional = last == kRegional;
  while (p < end) {
    if (static_cast<uint8_t>(*p) < 0x80 && last == kOther) return p;
    const char* after = p;
    const uint8_t next = table[next_point(after)];
    bool joins = false;
    if (last == kCr) {
      joins = next == kLf;
    } else if (last == kLf || last == kControl || next == kCr || next == kLf || next == kControl) {
      joins = false;
    } else if (extends(next) || next == kSpacing || last == kPrepend) {
      joins = true;
    } else if (next == kL || next == kLv || next == kLvt) {
      joins = last == kL;
    } else if (next == kV) {
      joins = last == kL || last == kV || last == kLv;
    } else if (next == kT) {
      joins = last == kV || last == kLv || last == kT || last == kLvt;
    } else if (next == kPictographic) {
      joins = last == kZwj && after_pictographic;
    } else if (next == kConsonant) {
      joins = after_consonant && linked;
    } else if (next == kRegional) {
      joins = last == kRegional && odd_regional;
    }
    if (!joins) return p;
    if (next == kRegional) odd_regional = last != kRegional || !odd_regional;
    if (next == kPictographic)
      after_pictographic = true;
    else if (!extends(next))
      after_pictographic = false;
    if (next == kConsonant) {
      after_consonant = true;
      linked = false;
    } else if (next == kVirama) {
      linked = true;
    } else if (!extends(next)) {
      after_consonant = false;
    }
    last = next;
    p = after;
  }
  return p;
}

}  // namespace kindred
