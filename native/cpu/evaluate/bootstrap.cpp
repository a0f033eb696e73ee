#include "kindred/evaluate/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "cpu/evaluate/xoshiro128.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kLanes = XoshiroLanes::kLanes;  // resamples drawn together
constexpr int64_t kColumns = 4;                   // columns of a table: with the lanes, sums that fit the registers

// Columns of numbers to be summed over draws of users, and the users of whom at least one is not 0.
struct Table {
  std::vector<int64_t> columns;  // at most kColumns
  std::vector<int32_t> users;
  std::vector<double> rows;  // [users, kColumns]
};

// A column for each series, missing numbers 0, and for each series with gaps one more, 1 where a user counts. Columns
// of which most are 0 (metrics of hits) share tables, which are short then.
struct Columns {
  std::vector<int64_t> counts;  // [series] the column of its counts, -1 where everyone counts
  std::vector<Table> tables;
  int64_t count;

  Columns(const double* values, int64_t series, int64_t users, const AbortFlag* abort)
      : counts(series, -1), count(series) {
    std::vector<std::vector<double>> columns(series, std::vector<double>(users));
    Poll poll(abort);
    for (int64_t s = 0; s < series; ++s) {
      poll(2 * users);
      const double* own = values + s * users;
      std::transform(own, own + users, columns[s].begin(), [](double x) { return std::isnan(x) ? 0 : x; });
      if (std::none_of(own, own + users, [](double x) { return std::isnan(x); })) continue;
      counts[s] = count++;
    }
    for (int64_t s = 0; s < series; ++s) {
      if (counts[s] < 0) continue;
      poll(users);
      columns.emplace_back(users);
      for (int64_t u = 0; u < users; ++u) columns.back()[u] = std::isnan(values[s * users + u]) ? 0 : 1;
    }
    std::vector<int64_t> order(count), full(count);
    for (int64_t c = 0; c < count; ++c) {
      order[c] = c;
      poll(users);
      full[c] = users - std::count(columns[c].begin(), columns[c].end(), 0.0);
    }
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return full[a] < full[b]; });
    for (int64_t first = 0; first < count; first += kColumns) {
      Table table;
      table.columns.assign(order.begin() + first, order.begin() + std::min(first + kColumns, count));
      for (int64_t u = 0; u < users; ++u) {
        poll(kColumns);
        const auto is_set = [&](int64_t c) { return columns[c][u] != 0; };
        if (std::none_of(table.columns.begin(), table.columns.end(), is_set)) continue;
        table.users.push_back(static_cast<int32_t>(u));
        for (int64_t c = 0; c < kColumns; ++c)
          table.rows.push_back(c < static_cast<int64_t>(table.columns.size()) ? columns[table.columns[c]][u] : 0);
      }
      tables.push_back(std::move(table));
    }
  }
};

// times [users, kLanes]: how often each resample draws each user. 16 bits suffice: of users so many that they would
// not, no resample draws one so often.
void draw(const std::array<Xoshiro128::State, kLanes>& starts, int64_t users, std::vector<uint16_t>& times,
          const AbortFlag* abort) {
  typedef int32_t Integers __attribute__((vector_size(4 * kLanes)));
  typedef double Doubles __attribute__((vector_size(8 * kLanes)));
  XoshiroLanes random(starts);
  std::fill(times.begin(), times.end(), 0);
  const auto count = static_cast<double>(users);
  Poll poll(abort);
  for (int64_t i = 0; i < users; ++i) {
    poll(kLanes);
    const auto high = (Integers)(random.bits() >> 5), low = (Integers)(random.bits() >> 6);
    const Doubles uniform =
        (__builtin_convertvector(high, Doubles) * 0x1p26 + __builtin_convertvector(low, Doubles)) * 0x1p-53 * count;
    const Integers user = __builtin_convertvector(uniform, Integers);
    for (int64_t lane = 0; lane < kLanes; ++lane) ++times[user[lane] * kLanes + lane];
  }
}

// sums [columns, kLanes] += each row as often as each resample drew its user.
void sum_table(const Table& table, const std::vector<uint16_t>& times, double* sums, const AbortFlag* abort) {
  Poll poll(abort);
  double totals[kColumns][kLanes] = {};
  for (size_t n = 0; n < table.users.size(); ++n) {
    poll(kColumns);
    const uint16_t* drawn = times.data() + static_cast<int64_t>(table.users[n]) * kLanes;
    const double* row = table.rows.data() + n * kColumns;
    double factors[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane) factors[lane] = drawn[lane];
    for (int64_t c = 0; c < kColumns; ++c)
      for (int64_t lane = 0; lane < kLanes; ++lane) totals[c][lane] += row[c] * factors[lane];
  }
  for (size_t c = 0; c < table.columns.size(); ++c) std::copy_n(totals[c], kLanes, sums + table.columns[c] * kLanes);
}

}  // namespace

std::vector<double> bootstrap_means(const double* values, int64_t series, int64_t users, int64_t resamples,
                                    uint64_t seed, const AbortFlag* abort) {
  std::vector<double> means(series * resamples, NAN);
  if (users == 0) return means;
  const Columns columns(values, series, users, abort);
  // Where the stream stands at the beginning of each resample; a draw takes two steps.
  const XoshiroJump jump(2 * static_cast<uint64_t>(users));
  std::vector<Xoshiro128::State> starts(resamples, Xoshiro128(seed).state());
  for (int64_t r = 1; r < resamples; ++r) starts[r] = jump(starts[r - 1]);

  parallel_for(resamples, kLanes, abort, [&](int64_t begin, int64_t end) {
    std::array<Xoshiro128::State, kLanes> first;
    for (int64_t lane = 0; lane < kLanes; ++lane) first[lane] = starts[std::min(begin + lane, end - 1)];
    std::vector<uint16_t> times(users * kLanes);
    draw(first, users, times, abort);
    std::vector<double> sums(columns.count * kLanes);
    for (const Table& table : columns.tables) sum_table(table, times, sums.data(), abort);
    for (int64_t s = 0; s < series; ++s) {
      const int64_t counted = columns.counts[s];
      for (int64_t r = begin; r < end; ++r) {
        const int64_t lane = r - begin;
        const double count = counted < 0 ? static_cast<double>(users) : sums[counted * kLanes + lane];
        means[s * resamples + r] = sums[s * kLanes + lane] / count;
      }
    }
  });
  return means;
}

}  // namespace kindred
