// What threads need for their work, kept from chunk to chunk: as many as were ever in use at once.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace kindred {

template <class T>
class Scratch {
 public:
  explicit Scratch(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  std::unique_ptr<T> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto scratch = std::move(idle_.back());
        idle_.pop_back();
        return scratch;
      }
    }
    return make_();
  }

  // Beyond `most` that are kept it is freed.
  void give_back(std::unique_ptr<T> scratch, size_t most = static_cast<size_t>(-1)) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < most) idle_.push_back(std::move(scratch));
  }

  // All of them, while none is in use.
  const std::vector<std::unique_ptr<T>>& all() const { return idle_; }

 private:
  const std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace kindred
