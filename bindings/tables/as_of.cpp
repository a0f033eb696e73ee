#include "kindred/tables/as_of.h"

#include <cmath>
#include <limits>

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

template <class T>
void check_length(Span<T> numbers, int64_t expected, const char* name) {
  if (numbers.size != expected)
    fail_shape(std::string(name) + ": expected " + std::to_string(expected) + " numbers but received " +
               std::to_string(numbers.size) + ".");
}

// keys: Int32Array, times: Float64Array, arrivals: Float64Array | null, from argument `at` on
TimedRows RowsOf(const Napi::CallbackInfo& info, size_t at, const char* name, bool has_arrivals) {
  const auto keys = Ints(info[at], name);
  const auto times = Doubles(info[at + 1], name);
  check_length(times, keys.size, name);
  TimedRows rows{keys.size, keys.data, times.data, nullptr};
  if (!has_arrivals || info[at + 2].IsNull()) return rows;
  const auto arrivals = Doubles(info[at + 2], name);
  check_length(arrivals, keys.size, name);
  rows.arrivals = arrivals.data;
  return rows;
}

// groups: number, maxAge: number | null, exactMatches: boolean
AsOf OptionsOf(const Napi::CallbackInfo& info, size_t at) {
  const double max_age =
      info[at + 1].IsNull() ? std::numeric_limits<double>::infinity() : Number(info[at + 1], "maxAge");
  return {Count(info[at], "groups"), max_age, Flag(info[at + 2], "exactMatches")};
}

// asOfJoin(eventKeys: Int32Array, eventTimes: Float64Array, keys: Int32Array, times: Float64Array,
//          arrivals: Float64Array | null, groups: number, maxAge: number | null, exactMatches: boolean,
//          matches: Int32Array, abort?): Promise<void>; matches [eventKeys.length] is filled
KINDRED_EXPORT(asOfJoin) {
  const TimedRows events = RowsOf(info, 0, "events", false), features = RowsOf(info, 2, "features", true);
  const AsOf options = OptionsOf(info, 5);
  const auto matches = Ints(info[8], "matches");
  check_length(matches, events.rows, "matches");
  return Async(info, 9, [=](const AbortFlag* abort) { as_of_join(events, features, options, matches.data, abort); });
}

// asOfTotals(eventKeys: Int32Array, eventTimes: Float64Array, keys: Int32Array, times: Float64Array,
//            arrivals: Float64Array | null, groups: number, maxAge: number | null, exactMatches: boolean,
//            values: Float64Array | null, counts: Float64Array, sums: Float64Array | null, abort?): Promise<void>;
//   values [keys.length]; counts and sums [eventKeys.length] are filled
KINDRED_EXPORT(asOfTotals) {
  const TimedRows events = RowsOf(info, 0, "events", false), history = RowsOf(info, 2, "history", true);
  const AsOf options = OptionsOf(info, 5);
  Span<double> values, sums;
  if (!info[8].IsNull()) check_length(values = Doubles(info[8], "values"), history.rows, "values");
  const auto counts = Doubles(info[9], "counts");
  check_length(counts, events.rows, "counts");
  if (!info[10].IsNull()) check_length(sums = Doubles(info[10], "sums"), events.rows, "sums");
  return Async(info, 11, [=](const AbortFlag* abort) {
    as_of_totals(events, history, values.data, options, counts.data, sums.data, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
