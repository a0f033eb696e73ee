#include "cpu/ngrams/text_folder.h"

#include "cpu/text/utf8.h"

namespace kindred {
namespace {

constexpr uint32_t kSigma = 0x3A3, kFinalSigma = 0x3C2, kSmallSigma = 0x3C3;
constexpr uint32_t kDottedI = 0x130, kDotAbove = 0x307;
constexpr uint32_t kHangul = 0xAC00, kHangulEnd = 0xD7A4, kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;

}  // namespace

TextFolder::TextFolder(const NgramRules& rules)
    : points_(code_points()),
      decompositions_(rules.accents == Accents::kept ? nullptr : &decompositions()),
      lowercase_(rules.lowercase),
      ascii_(rules.accents == Accents::ascii) {}

const std::vector<uint32_t>& TextFolder::fold(std::string_view text, Poll& poll) {
  raw_.clear();
  folded_.clear();
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  for (const uint8_t* end = p + text.size(); p < end;) {
    poll();
    raw_.push_back(decode_utf8(p, end));
  }
  for (size_t i = 0; i < raw_.size(); ++i) {
    poll();
    if (lowercase_)
      lower(i);
    else
      emit(raw_[i]);
  }
  return folded_;
}

void TextFolder::lower(size_t at) {
  const uint32_t point = raw_[at];
  if (point == kSigma) return emit(final_sigma(at) ? kFinalSigma : kSmallSigma);
  if (point == kDottedI) {
    emit('i');
    return emit(kDotAbove);
  }
  emit(CodePoint{points_[point]}.lower());
}

// Behind a cased character and not before one; those that are ignorable do not count (Unicode, section 3.13).
bool TextFolder::final_sigma(size_t at) const {
  size_t before = at;
  while (before > 0 && CodePoint{points_[raw_[before - 1]]}.ignorable()) --before;
  if (before == 0 || !CodePoint{points_[raw_[before - 1]]}.cased()) return false;
  size_t after = at + 1;
  while (after < raw_.size() && CodePoint{points_[raw_[after]]}.ignorable()) ++after;
  return after == raw_.size() || !CodePoint{points_[raw_[after]]}.cased();
}

void TextFolder::emit(uint32_t point) {
  const auto keep = [this](uint32_t part) {
    if (!ascii_ || part < 0x80) folded_.push_back(part);
  };
  if (!decompositions_) return folded_.push_back(point);
  if (point >= kHangul && point < kHangulEnd) {  // Unicode, section 3.12
    keep(kLead + (point - kHangul) / 588);
    keep(kVowel + (point - kHangul) % 588 / 28);
    if ((point - kHangul) % 28 != 0) keep(kTrail + (point - kHangul) % 28);
    return;
  }
  const int32_t to = (*decompositions_)[point];
  if (to >= 0) return keep(to == 0 ? point : static_cast<uint32_t>(to));
  for (const uint32_t* part = decomposition_sequence(-1 - to); *part != 0; ++part) keep(*part);
}

}  // namespace kindred
