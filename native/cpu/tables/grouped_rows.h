// Rows by key, and within a key by the moment from which they are known.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/tables/as_of.h"

namespace kindred {

struct KnownRow {
  double known;  // the later of time and arrival
  double time;
  int32_t row;
};

class GroupedRows {
 public:
  // Counts and scatters: within a key the rows keep their order.
  GroupedRows(const TimedRows& rows, int64_t groups, const char* name, const AbortFlag* abort)
      : begins_(groups + 1, 0) {
    if (rows.rows > std::numeric_limits<int32_t>::max())
      throw Error("ERR_TOO_LARGE", std::string(name) + ": expected at most 2147483647 rows.");
    in_steps(rows.rows, abort, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        if (rows.keys[row] >= groups)
          fail_value(std::string(name) + ": the key " + std::to_string(rows.keys[row]) + " is not below " +
                     std::to_string(groups) + ".");
        if (counts(rows, row)) ++begins_[rows.keys[row] + 1];
      }
    });
    for (int64_t group = 0; group < groups; ++group) begins_[group + 1] += begins_[group];
    rows_.resize(begins_[groups]);
    std::vector<int32_t> next(begins_.begin(), begins_.end() - 1);
    in_steps(rows.rows, abort, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        if (!counts(rows, row)) continue;
        const double time = rows.times[row];
        const double known = rows.arrivals ? std::max(time, rows.arrivals[row]) : time;
        rows_[next[rows.keys[row]]++] = {known, time, static_cast<int32_t>(row)};
      }
    });
  }

  KnownRow* begin(int64_t group) { return rows_.data() + begins_[group]; }
  KnownRow* end(int64_t group) { return rows_.data() + begins_[group + 1]; }
  int64_t size(int64_t group) const { return begins_[group + 1] - begins_[group]; }

  // Sorts the rows of a key by when they are known, if they are not.
  void sort(int64_t group, Poll& poll) {
    const auto less = [](const KnownRow& a, const KnownRow& b) { return a.known < b.known; };
    poll(size(group) + 1);
    if (!std::is_sorted(begin(group), end(group), less)) std::sort(begin(group), end(group), polled(poll, less));
  }

 private:
  static bool counts(const TimedRows& rows, int64_t row) {
    return rows.keys[row] >= 0 && !std::isnan(rows.times[row]) && !(rows.arrivals && std::isnan(rows.arrivals[row]));
  }

  std::vector<int32_t> begins_;  // [groups + 1]
  std::vector<KnownRow> rows_;
};

// Where chunks of groups begin that have about as many rows as one another; the same for any number of threads.
inline std::vector<int64_t> chunks_of_groups(const GroupedRows& a, const GroupedRows& b, int64_t groups) {
  constexpr int64_t kRowsPerChunk = 1 << 15;
  std::vector<int64_t> begins{0};
  int64_t rows = 0;
  for (int64_t group = 0; group < groups; ++group) {
    rows += a.size(group) + b.size(group) + 1;
    if (rows < kRowsPerChunk) continue;
    begins.push_back(group + 1);
    rows = 0;
  }
  if (begins.back() != groups) begins.push_back(groups);
  return begins;
}

}  // namespace kindred
