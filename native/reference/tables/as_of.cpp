#include "reference/tables/as_of.h"

#include <cmath>

namespace kindred::reference {
namespace {

double arrival_of(const TimedRows& rows, int64_t row) { return rows.arrivals ? rows.arrivals[row] : rows.times[row]; }

// Whether a row is known at t, however old. False where one of the times is NaN.
bool is_known(const TimedRows& rows, int64_t row, int32_t key, double t, bool exact_matches) {
  if (rows.keys[row] != key || key < 0) return false;
  const double time = rows.times[row], arrival = arrival_of(rows, row);
  return exact_matches ? time <= t && arrival <= t : time < t && arrival < t;
}

// Whether row a is newer than b.
bool is_newer(const TimedRows& rows, int64_t a, int64_t b) {
  if (rows.times[a] != rows.times[b]) return rows.times[a] > rows.times[b];
  if (arrival_of(rows, a) != arrival_of(rows, b)) return arrival_of(rows, a) > arrival_of(rows, b);
  return a > b;
}

}  // namespace

std::vector<int32_t> as_of_join(const TimedRows& events, const TimedRows& features, const AsOf& options) {
  std::vector<int32_t> matches(events.rows, -1);
  for (int64_t e = 0; e < events.rows; ++e) {
    const double t = events.times[e];
    int64_t best = -1;
    for (int64_t f = 0; f < features.rows; ++f)
      if (is_known(features, f, events.keys[e], t, options.exact_matches) && (best < 0 || is_newer(features, f, best)))
        best = f;
    if (best >= 0 && !(t - features.times[best] > options.max_age)) matches[e] = static_cast<int32_t>(best);
  }
  return matches;
}

Totals as_of_totals(const TimedRows& events, const TimedRows& history, const double* values, const AsOf& options) {
  Totals totals{std::vector<double>(events.rows, NAN), std::vector<double>(events.rows, NAN)};
  for (int64_t e = 0; e < events.rows; ++e) {
    const double t = events.times[e];
    if (events.keys[e] < 0 || std::isnan(t)) continue;
    double count = 0;
    long double sum = 0;
    for (int64_t h = 0; h < history.rows; ++h) {
      if (!is_known(history, h, events.keys[e], t, options.exact_matches)) continue;
      if (t - history.times[h] > options.max_age || (values && std::isnan(values[h]))) continue;
      count += 1;
      sum += values ? values[h] : 0;
    }
    totals.counts[e] = count;
    totals.sums[e] = static_cast<double>(sum);
  }
  return totals;
}

}  // namespace kindred::reference
