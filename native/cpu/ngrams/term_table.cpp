#include "cpu/ngrams/term_table.h"

#include "kindred/runtime/error.h"

namespace kindred {

int64_t TermTable::bytes() const {
  return static_cast<int64_t>(slots_.size() * sizeof(Slot) + utf8_.size() + begins_.size() * 16);
}

int32_t TermTable::append(std::string_view term, uint64_t hash) {
  if (hashes_.size() == INT32_MAX) throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 different n-grams.");
  if (hashes_.size() * 2 >= slots_.size()) grow();
  const int32_t index = size();
  utf8_.insert(utf8_.end(), term.begin(), term.end());
  begins_.push_back(static_cast<int64_t>(utf8_.size()));
  hashes_.push_back(hash);
  const uint64_t mask = slots_.size() - 1;
  uint64_t at = hash & mask;
  while (slots_[at].index != kNone) at = (at + 1) & mask;
  slots_[at] = {tag(hash), index};
  return index;
}

void TermTable::grow() {
  std::vector<Slot> slots(slots_.size() * 2);
  const uint64_t mask = slots.size() - 1;
  for (int32_t i = 0; i < size(); ++i) {
    uint64_t at = hashes_[i] & mask;
    while (slots[at].index != kNone) at = (at + 1) & mask;
    slots[at] = {tag(hashes_[i]), i};
  }
  slots_ = std::move(slots);
}

}  // namespace kindred
