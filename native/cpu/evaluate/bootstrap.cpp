#include "kindred/evaluate/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "cpu/evaluate/xoshiro128.h"

namespace kindred {
namespace {

constexpr int64_t kLine = 8;  // doubles of a cache line: what one draw reads of a table

// Numbers to be summed over draws of users, in tables [users, kLine] of as many columns each, missing ones 0. A series
// with gaps has a second column, 1 where a user counts.
struct Columns {
  int64_t users;
  std::vector<double> tables;   // [tables][users][kLine]
  std::vector<int64_t> counts;  // [series] the column of its counts, -1 where everyone counts

  Columns(const double* values, int64_t series, int64_t users) : users(users), counts(series, -1) {
    int64_t columns = series;
    for (int64_t s = 0; s < series; ++s)
      if (std::any_of(values + s * users, values + (s + 1) * users, [](double x) { return std::isnan(x); }))
        counts[s] = columns++;
    tables.assign((columns + kLine - 1) / kLine * users * kLine, 0.0);
    for (int64_t s = 0; s < series; ++s)
      for (int64_t u = 0; u < users; ++u) {
        const double value = values[s * users + u];
        if (std::isnan(value)) continue;
        at(s, u) = value;
        if (counts[s] >= 0) at(counts[s], u) = 1;
      }
  }

  double& at(int64_t column, int64_t user) { return tables[(column / kLine * users + user) * kLine + column % kLine]; }
  int64_t table_count() const { return users == 0 ? 0 : static_cast<int64_t>(tables.size()) / (users * kLine); }
};

// sums [kLine] of a table's rows in the order of the draws
void sum_rows(const double* table, const std::vector<int32_t>& draws, double* sums) {
  double totals[kLine] = {};
  for (const int32_t user : draws)
    for (int64_t c = 0; c < kLine; ++c) totals[c] += table[user * kLine + c];
  std::copy_n(totals, kLine, sums);
}

}  // namespace

std::vector<double> bootstrap_means(const double* values, int64_t series, int64_t users, int64_t resamples,
                                    uint64_t seed, const AbortFlag* abort) {
  const Columns columns(values, series, users);
  const int64_t tables = columns.table_count();
  // Where the stream stands at the beginning of each resample; a draw takes two steps.
  const XoshiroJump jump(2 * static_cast<uint64_t>(users));
  std::vector<Xoshiro128::State> starts(resamples, Xoshiro128(seed).state());
  for (int64_t r = 1; r < resamples; ++r) starts[r] = jump(starts[r - 1]);

  std::vector<double> means(series * resamples, NAN);
  parallel_for(resamples, 1, abort, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> draws(users);
    std::vector<double> sums(tables * kLine);
    for (int64_t r = begin; r < end; ++r) {
      Xoshiro128 random(starts[r]);
      for (int32_t& user : draws) user = static_cast<int32_t>(random.uniform() * static_cast<double>(users));
      for (int64_t t = 0; t < tables; ++t)
        sum_rows(columns.tables.data() + t * users * kLine, draws, sums.data() + t * kLine);
      for (int64_t s = 0; s < series; ++s) {
        const int64_t counted = columns.counts[s];
        if (users > 0) means[s * resamples + r] = sums[s] / (counted < 0 ? static_cast<double>(users) : sums[counted]);
      }
    }
  });
  return means;
}

}  // namespace kindred
