// The rows that a batch touches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kindred/runtime/poll.h"

namespace kindred {

class TouchedRows {
 public:
  explicit TouchedRows(int64_t rows) : slots_(rows, -1) {}

  // `row_of(place)` for each place of the batch: its row. Throws ERR_ABORTED when the flag is found raised.
  template <class RowOf>
  void group(int64_t places, const AbortFlag* abort, RowOf row_of) {
    Poll poll(abort);
    for (const int32_t row : rows_) slots_[row] = -1;
    rows_.clear();
    begins_.assign(1, 0);
    for (int64_t place = 0; place < places; ++place) {
      poll();
      int32_t& slot = slots_[row_of(place)];
      if (slot < 0) {
        slot = static_cast<int32_t>(rows_.size());
        rows_.push_back(row_of(place));
        begins_.push_back(0);
      }
      ++begins_[slot + 1];
    }
    for (size_t s = 1; s < begins_.size(); ++s) begins_[s] += begins_[s - 1];
    next_ = begins_;
    places_.resize(places);
    for (int64_t place = 0; place < places; ++place) {
      poll();
      places_[next_[slots_[row_of(place)]]++] = static_cast<int32_t>(place);
    }
  }

  int64_t rows() const { return static_cast<int64_t>(slots_.size()); }  // touched or not
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }
  // In the order in which the batch comes to them.
  int32_t row(int64_t slot) const { return rows_[slot]; }
  // Where the batch has the row, ascending.
  std::span<const int32_t> places(int64_t slot) const {
    return {places_.data() + begins_[slot], places_.data() + begins_[slot + 1]};
  }

 private:
  std::vector<int32_t> slots_;  // [all rows], -1 where not touched
  std::vector<int32_t> rows_;
  std::vector<int64_t> begins_, next_;  // [count + 1]
  std::vector<int32_t> places_;
};

}  // namespace kindred
