// A list that is filled under rules.
#pragma once

#include <vector>

#include "kindred/rank/diverse_lists.h"

namespace kindred {

// Which candidates a list still takes. Throws ERR_SHAPE and ERR_VALUE for rules that are none, or cannot hold.
class OpenList {
 public:
  OpenList(int64_t count, const ListRules& rules, int64_t length);

  // Whether places are left and there is a candidate for the next one.
  bool is_open() const { return places_ > 0 && is_any_open_; }
  // Where as many must be listed as places are left, only they are open.
  bool is_open(int64_t candidate) const { return open_[candidate] > (places_ == musts_ ? 1 : 0); }
  void take(int64_t candidate);

 private:
  bool admits(int64_t candidate) const;
  void look();

  ListRules rules_;
  std::vector<int32_t> left_;  // [groups]
  std::vector<uint8_t> open_;  // [count] 0: no, 1: yes, 2: it must be taken
  int64_t places_, musts_ = 0;
  bool is_any_open_ = false;
};

}  // namespace kindred
