#include "cpu/rank/open_list.h"

#include <algorithm>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred {

OpenList::OpenList(int64_t count, const ListRules& rules, int64_t length)
    : rules_(rules), left_(rules.limits, rules.limits + rules.group_count), open_(count, 1) {
  if (length < 0) fail_value("length: expected a natural number.");
  places_ = std::min(length, count);
  for (const int32_t limit : left_)
    if (limit < 0) fail_value("limits: expected natural numbers.");
  if (rules.offsets) {
    if (rules.offsets[0] != 0) fail_shape("offsets: expected 0 first.");
    for (int64_t i = 0; i < count; ++i)
      if (rules.offsets[i + 1] < rules.offsets[i]) fail_shape("offsets: expected ascending numbers.");
    for (int32_t n = 0; n < rules.offsets[count]; ++n)
      if (rules.groups[n] < 0 || rules.groups[n] >= rules.group_count)
        fail_value("groups: expected numbers of groups.");
  }
  for (int64_t i = 0; i < count; ++i) {
    const bool must = rules.must && rules.must[i];
    open_[i] = must ? 2 : admits(i) ? 1 : 0;
    musts_ += must;
  }
  if (musts_ > places_)
    fail_value("must: expected at most " + std::to_string(places_) + " candidates that must be listed but received " +
               std::to_string(musts_) + ".");
  look();
}

bool OpenList::admits(int64_t candidate) const {
  if (!rules_.offsets) return true;
  for (int32_t n = rules_.offsets[candidate]; n < rules_.offsets[candidate + 1]; ++n)
    if (left_[rules_.groups[n]] == 0) return false;
  return true;
}

void OpenList::take(int64_t candidate) {
  const bool must = open_[candidate] == 2;
  open_[candidate] = 0;
  --places_;
  musts_ -= must;
  bool is_full = false;
  if (!must && rules_.offsets)
    for (int32_t n = rules_.offsets[candidate]; n < rules_.offsets[candidate + 1]; ++n) {
      int32_t& left = left_[rules_.groups[n]];
      left = std::max(0, left - 1);  // a group that is named twice
      is_full |= left == 0;
    }
  if (is_full)
    for (size_t i = 0; i < open_.size(); ++i)
      if (open_[i] == 1 && !admits(static_cast<int64_t>(i))) open_[i] = 0;
  look();
}

void OpenList::look() { is_any_open_ = musts_ > 0 || std::find(open_.begin(), open_.end(), 1) != open_.end(); }

}  // namespace kindred
