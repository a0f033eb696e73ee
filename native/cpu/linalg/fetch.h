// Rows brought near the processor a few lines at a time, while it multiplies those before.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kindred/linalg/matrix.h"

namespace kindred {

class Fetch {
 public:
  // Rows [begin, end) of those that there are, `lines` of 64 bytes with each call.
  Fetch(ConstMatrix rows, int64_t begin, int64_t end, int64_t lines) : lines_(lines) {
    end = std::min(end, rows.rows);
    if (begin >= end) return;
    at_ = reinterpret_cast<const char*>(rows.row(begin));
    end_ = reinterpret_cast<const char*>(rows.row(end - 1) + rows.cols);
  }

  void operator()() {
    for (int64_t n = 0; n < lines_ && at_ < end_; ++n, at_ += 64) __builtin_prefetch(at_, 0, 2);
  }

 private:
  const char *at_ = nullptr, *end_ = nullptr;
  int64_t lines_;
};

}  // namespace kindred
