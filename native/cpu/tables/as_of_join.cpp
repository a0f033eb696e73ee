#include <memory>

#include "cpu/tables/grouped_rows.h"

namespace kindred {
namespace {

// Of the rows of one key that became known so far.
class Newest {
 public:
  explicit Newest(const TimedRows& rows) : rows_(rows) {}

  void take(const KnownRow& row) {
    if (best_.row < 0 || is_newer(row)) best_ = row;
  }

  int32_t at(double t, double max_age) const { return best_.row < 0 || t - best_.time > max_age ? -1 : best_.row; }

 private:
  bool is_newer(const KnownRow& row) const {
    if (row.time != best_.time) return row.time > best_.time;
    if (rows_.arrivals && rows_.arrivals[row.row] != rows_.arrivals[best_.row])
      return rows_.arrivals[row.row] > rows_.arrivals[best_.row];
    return row.row > best_.row;
  }

  const TimedRows& rows_;
  KnownRow best_{0, 0, -1};
};

}  // namespace

void as_of_join(const TimedRows& events, const TimedRows& features, const AsOf& options, int32_t* matches,
                const AbortFlag* abort) {
  // An event is known when it is.
  const TimedRows moments{events.rows, events.keys, events.times, nullptr};
  std::unique_ptr<GroupedRows> sides[2];
  parallel_for(2, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t side = begin; side < end; ++side)
      sides[side] = std::make_unique<GroupedRows>(side == 0 ? moments : features, options.groups,
                                                  side == 0 ? "events" : "features", abort);
  });
  GroupedRows &by_time = *sides[0], &by_known = *sides[1];
  in_steps(events.rows, abort, [&](int64_t begin, int64_t end) { std::fill(matches + begin, matches + end, -1); });
  const auto begins = chunks_of_groups(by_time, by_known, options.groups);
  parallel_for(static_cast<int64_t>(begins.size()) - 1, 1, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t group = begins[begin]; group < begins[end]; ++group) {
      if (by_time.size(group) == 0 || by_known.size(group) == 0) continue;
      by_time.sort(group, poll);
      by_known.sort(group, poll);
      const KnownRow* feature = by_known.begin(group);
      const KnownRow* const last = by_known.end(group);
      Newest newest(features);
      for (const KnownRow* event = by_time.begin(group); event != by_time.end(group); ++event) {
        const double t = event->time;
        for (; feature != last && (feature->known < t || (options.exact_matches && feature->known == t)); ++feature)
          newest.take(*feature);
        matches[event->row] = newest.at(t, options.max_age);
      }
    }
  });
}

}  // namespace kindred
