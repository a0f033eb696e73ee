#include "cpu/tokenize/normal_forms.h"

#include <algorithm>
#include <iterator>

#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/utf8_text.h"

namespace kindred {
namespace {

using namespace tokenizer_tables;

constexpr uint32_t kSyllables = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;
constexpr uint32_t kLeads = 19, kVowels = 21, kTrails = 28, kAllSyllables = kLeads * kVowels * kTrails;

struct Decompositions {
  template <class Ranges>
  Decompositions(const Ranges& ranges, const int32_t* to, const uint32_t* parts)
      : map(filled(ranges, to)), pool(parts) {}

  template <class Ranges>
  static std::vector<int32_t> filled(const Ranges& ranges, const int32_t* to) {
    std::vector<int32_t> all(kCodePoints);
    for (const Range& range : ranges)
      for (uint32_t point = range.first; point <= range.last; ++point) all[point] = *to++;
    return all;
  }

  CodePointMapOf<int32_t> map;  // 0: none; a code point; -1 - i: from pool[i] on
  const uint32_t* pool;
};

const Decompositions& canonical() {
  static const auto& table = *new Decompositions(kCanonical, kCanonicalTo, kCanonicalParts);
  return table;
}

const Decompositions& compatible() {
  static const auto& table = *new Decompositions(kCompatible, kCompatibleTo, kCompatibleParts);
  return table;
}

const CodePointMapOf<uint8_t>& combining() {
  static const auto& table = *new CodePointMapOf<uint8_t>([] {
    std::vector<uint8_t> all(kCodePoints);
    for (const Value& run : kCombining)
      std::fill(all.begin() + run.first, all.begin() + run.last + 1, static_cast<uint8_t>(run.value));
    return all;
  }());
  return table;
}

// What two characters are together, or 0.
uint32_t composed(uint32_t first, uint32_t second) {
  if (first - kLead < kLeads && second - kVowel < kVowels)
    return kSyllables + ((first - kLead) * kVowels + (second - kVowel)) * kTrails;
  if (first - kSyllables < kAllSyllables && (first - kSyllables) % kTrails == 0 && second > kTrail &&
      second < kTrail + kTrails)
    return first + (second - kTrail);
  const auto* found = std::lower_bound(std::begin(kCompositions), std::end(kCompositions),
                                       Composition{first, second, 0}, [](const Composition& a, const Composition& b) {
                                         return a.first != b.first ? a.first < b.first : a.second < b.second;
                                       });
  return found != std::end(kCompositions) && found->first == first && found->second == second ? found->composed : 0;
}

struct Mark {
  uint32_t point;
  uint8_t combining;
};

// Characters go through decomposition, canonical ordering and, if `composes`, composition, as Unicode 15 section 3.11
// has it.
class Writer {
 public:
  Writer(const Decompositions& decompositions, bool composes, std::string& out)
      : d_(decompositions), combining_(combining()), composes_(composes), out_(out) {}

  // Characters that are starters, decompose into nothing else and compose with no character before them.
  void plain(const char* begin, const char* end) {
    flush();
    if (!composes_) {
      out_.append(begin, end);
      return;
    }
    out_.append(begin, end - 1);
    starter_ = static_cast<uint8_t>(end[-1]);
    has_starter_ = true;
  }

  void add(uint32_t point) {
    if (point - kSyllables < kAllSyllables) {
      const uint32_t s = point - kSyllables;
      part(kLead + s / (kVowels * kTrails));
      part(kVowel + s % (kVowels * kTrails) / kTrails);
      if (s % kTrails != 0) part(kTrail + s % kTrails);
      return;
    }
    const int32_t to = d_.map[point];
    if (to == 0) return part(point);
    if (to > 0) return part(static_cast<uint32_t>(to));
    for (const uint32_t* p = d_.pool - 1 - to; *p != 0; ++p) part(*p);
  }

  void flush() {
    order();
    finish_starter();
  }

 private:
  void part(uint32_t point) {
    const uint8_t combining = combining_[point];
    if (combining != 0) {
      waiting_.push_back({point, combining});
      return;
    }
    order();
    put({point, 0});
  }

  // Puts the marks that wait, in canonical order.
  void order() {
    if (waiting_.empty()) return;
    if (waiting_.size() > 1)
      std::stable_sort(waiting_.begin(), waiting_.end(),
                       [](const Mark& a, const Mark& b) { return a.combining < b.combining; });
    for (const Mark& mark : waiting_) put(mark);
    waiting_.clear();
  }

  void put(Mark mark) {
    if (!composes_) return append(out_, mark.point);
    if (!has_starter_) {
      if (mark.combining != 0) return append(out_, mark.point);
      starter_ = mark.point;
      has_starter_ = true;
      return;
    }
    const bool blocked = !behind_.empty() && last_ >= mark.combining;
    if (!blocked) {
      if (const uint32_t both = composed(starter_, mark.point)) {
        starter_ = both;
        return;
      }
    }
    if (mark.combining != 0) {
      behind_.push_back(mark.point);
      last_ = mark.combining;
      return;
    }
    finish_starter();
    starter_ = mark.point;
    has_starter_ = true;
  }

  void finish_starter() {
    if (!has_starter_) return;
    append(out_, starter_);
    for (const uint32_t point : behind_) append(out_, point);
    behind_.clear();
    has_starter_ = false;
  }

  const Decompositions& d_;
  const CodePointMapOf<uint8_t>& combining_;
  const bool composes_;
  std::string& out_;
  std::vector<Mark> waiting_;
  bool has_starter_ = false;
  uint32_t starter_ = 0;
  std::vector<uint32_t> behind_;  // marks behind the starter that do not compose with it
  uint8_t last_ = 0;              // the class of the last of them
};

}  // namespace

void append_normal_form(NormalForm form, std::string_view text, std::string& out) {
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool is_canonical = form == NormalForm::kNfc || form == NormalForm::kNfd;
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* ascii = end_of_ascii(p, end);
  if (ascii == end) {
    out.append(text);
    return;
  }
  Writer writer(is_canonical ? canonical() : compatible(), composes, out);
  while (p < end) {
    if (ascii > p) {
      writer.plain(p, ascii);
      p = ascii;
      continue;
    }
    writer.add(next_point(p));
    ascii = p < end && static_cast<uint8_t>(*p) < 0x80 ? end_of_ascii(p, end) : p;
  }
  writer.flush();
}

}  // namespace kindred
