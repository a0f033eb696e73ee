// What was known at a moment: joins and aggregates by time that see nothing of the future. Every row has a key, the
// moment from which it holds, and, where that is another one, the moment at which it arrived.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Rows in any order; one with a negative key or a time of NaN is passed over.
struct TimedRows {
  int64_t rows = 0;
  const int32_t* keys = nullptr;     // [rows] below the number of groups
  const double* times = nullptr;     // [rows] from when it holds; of an event, when it is
  const double* arrivals = nullptr;  // [rows] when it arrived; null: at `times`
};

struct AsOf {
  int64_t groups = 0;  // keys are below it
  double max_age;      // a row counts at t while t - its time is at most this
  bool exact_matches;  // whether a row of the very moment t counts too; else only what is before
};

// matches [events.rows]: of the feature rows of the event's key whose time and arrival are at most the event's time (or
// before it), the row of the largest time, then of the latest arrival, then the last one; -1 where there is none, or
// the newest is too old. Throws ERR_VALUE for a key that is not below `groups`. The same for any number of threads; O(n
// log n) within a key, O(n) where the rows of a key are in the order of time.
void as_of_join(const TimedRows& events, const TimedRows& features, const AsOf& options, int32_t* matches,
                const AbortFlag* abort);

// Over the rows of the event's key that count at the event's time, however many: counts [events.rows] of those whose
// value is no NaN (of all where `values` is null) and, where `sums` is not null, the sums of their values, each the
// double next to the exact sum but for errors of 2^-100 of the largest partial sum. NaN where the event has no key or
// no time.
void as_of_totals(const TimedRows& events, const TimedRows& history, const double* values, const AsOf& options,
                  double* counts, double* sums, const AbortFlag* abort);

}  // namespace kindred
