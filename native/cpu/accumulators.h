// Dense accumulators for row by row sparse products.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace kindred {

// What one thread needs for a row; `dots` is all zeros between rows.
template <class Dot>
struct Accumulator {
  explicit Accumulator(int64_t rows) : dots(rows, 0) {}
  std::vector<Dot> dots;         // [rows]
  std::vector<int32_t> touched;  // rows with a dot, while few
};

// Accumulators outlive their chunk, so that [rows] zeros are written once a thread.
template <class Dot>
class Accumulators {
 public:
  explicit Accumulators(int64_t rows) : rows_(rows) {}

  std::unique_ptr<Accumulator<Dot>> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto accumulator = std::move(idle_.back());
        idle_.pop_back();
        return accumulator;
      }
    }
    return std::make_unique<Accumulator<Dot>>(rows_);
  }

  void give_back(std::unique_ptr<Accumulator<Dot>> accumulator) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(accumulator));
  }

 private:
  int64_t rows_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Accumulator<Dot>>> idle_;
};

}  // namespace kindred
