#include <memory>

#include "cpu/tables/grouped_rows.h"

namespace kindred {
namespace {

// A sum of which numbers are taken away again: the double and the error of its roundings (Knuth, TAOCP 2, 4.2.2,
// theorem B; Dekker 1971, "A floating-point technique for extending the available precision").
class ExactSum {
 public:
  void add(double value) {
    const double sum = high_ + value, part = sum - high_;
    const double error = (high_ - (sum - part)) + (value - part) + low_;
    high_ = sum + error;
    low_ = error - (high_ - sum);
  }
  void clear() { high_ = low_ = 0; }
  double value() const { return high_; }

 private:
  double high_ = 0, low_ = 0;
};

// The rows of one key that count at a moment which only advances.
class Window {
 public:
  Window(const double* values, const AsOf& options) : values_(values), options_(options) {}

  // Rows in the order in which they become known.
  void open(const KnownRow* rows, int64_t count, Poll& poll) {
    rows_ = rows;
    count_ = count;
    next_ = next_out_ = 0;
    in_window_ = 0;
    sum_.clear();
    state_.assign(count, State::kAhead);
    by_time_.clear();
    if (options_.max_age == std::numeric_limits<double>::infinity()) return;
    by_time_.resize(count);
    for (int64_t n = 0; n < count; ++n) by_time_[n] = static_cast<int32_t>(n);
    const auto less = [rows](int32_t a, int32_t b) { return rows[a].time < rows[b].time; };
    if (!std::is_sorted(by_time_.begin(), by_time_.end(), less))
      std::sort(by_time_.begin(), by_time_.end(), polled(poll, less));
  }

  void advance(double t) {
    // What is too old leaves, or never comes in: it may arrive later than that.
    for (; next_out_ < static_cast<int64_t>(by_time_.size()); ++next_out_) {
      const int32_t n = by_time_[next_out_];
      if (!(t - rows_[n].time > options_.max_age)) break;
      if (state_[n] == State::kInside) take(n, -1);
      state_[n] = State::kGone;
    }
    for (; next_ < count_ && (rows_[next_].known < t || (options_.exact_matches && rows_[next_].known == t)); ++next_) {
      if (state_[next_] == State::kGone) continue;
      state_[next_] = State::kInside;
      take(next_, 1);
    }
  }

  double count() const { return static_cast<double>(in_window_); }
  double sum() const { return sum_.value(); }

 private:
  enum class State : uint8_t { kAhead, kInside, kGone };

  void take(int64_t n, int sign) {
    const double value = values_ ? values_[rows_[n].row] : 0;
    if (std::isnan(value)) return;
    in_window_ += sign;
    if (in_window_ == 0)
      sum_.clear();
    else
      sum_.add(sign * value);
  }

  const double* values_;
  const AsOf& options_;
  const KnownRow* rows_ = nullptr;
  int64_t count_ = 0, next_ = 0, next_out_ = 0, in_window_ = 0;
  ExactSum sum_;
  std::vector<State> state_;
  std::vector<int32_t> by_time_;  // empty where nothing is ever too old
};

}  // namespace

void as_of_totals(const TimedRows& events, const TimedRows& history, const double* values, const AsOf& options,
                  double* counts, double* sums, const AbortFlag* abort) {
  const TimedRows moments{events.rows, events.keys, events.times, nullptr};
  GroupedRows by_time(moments, options.groups, "events", abort);
  GroupedRows by_known(history, options.groups, "history", abort);
  in_steps(events.rows, abort, [&](int64_t begin, int64_t end) {
    std::fill(counts + begin, counts + end, NAN);
    if (sums) std::fill(sums + begin, sums + end, NAN);
  });
  const auto begins = chunks_of_groups(by_time, by_known, options.groups);
  parallel_for(static_cast<int64_t>(begins.size()) - 1, 1, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    Window window(values, options);
    for (int64_t group = begins[begin]; group < begins[end]; ++group) {
      if (by_time.size(group) == 0) continue;
      by_time.sort(group, poll);
      by_known.sort(group, poll);
      window.open(by_known.begin(group), by_known.size(group), poll);
      for (const KnownRow* event = by_time.begin(group); event != by_time.end(group); ++event) {
        poll();
        window.advance(event->time);
        counts[event->row] = window.count();
        if (sums) sums[event->row] = window.sum();
      }
    }
  });
}

}  // namespace kindred
