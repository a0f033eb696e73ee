#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "kindred/nn/program.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {

int64_t Buffers::add(int64_t size) {
  LargeVector<float> zeros(size, 0.0f);
  std::unique_lock lock(mutex_);
  buffers_.push_back(std::move(zeros));
  return static_cast<int64_t>(buffers_.size()) - 1;
}

int64_t Buffers::bytes() const {
  std::shared_lock lock(mutex_);
  int64_t total = 0;
  for (const auto& buffer : buffers_) total += static_cast<int64_t>(buffer.size() * sizeof(float));
  return total;
}

void Buffers::check(int64_t n) const {
  if (n < 0 || n >= static_cast<int64_t>(buffers_.size()))
    fail_shape("buffer " + std::to_string(n) + ": there is none.");
}

void Buffers::check(int64_t n, int64_t size) const {
  check(n);
  if (static_cast<int64_t>(buffers_[n].size()) != size)
    fail_shape("buffer " + std::to_string(n) + ": there is none of " + std::to_string(size) + " numbers.");
}

void Buffers::read(int64_t n, float* out, int64_t size) const {
  std::shared_lock lock(mutex_);
  check(n, size);
  std::copy(buffers_[n].begin(), buffers_[n].end(), out);
}

void Buffers::write(int64_t n, const float* values, int64_t size) {
  std::unique_lock lock(mutex_);
  check(n, size);
  std::copy_n(values, size, buffers_[n].begin());
}

void Buffers::clear(int64_t n) {
  std::unique_lock lock(mutex_);
  check(n);
  std::fill(buffers_[n].begin(), buffers_[n].end(), 0.0f);
}

std::unique_ptr<Buffers> Buffers::copy(const std::vector<int64_t>& which) const {
  auto copies = std::make_unique<Buffers>();
  std::shared_lock lock(mutex_);
  for (const int64_t n : which) {
    check(n);
    copies->buffers_.push_back(buffers_[n]);
  }
  return copies;
}

void Buffers::restore(const std::vector<int64_t>& which, const Buffers& copies) {
  std::shared_lock reading(copies.mutex_);
  std::unique_lock writing(mutex_);
  if (which.size() != copies.buffers_.size()) fail_shape("expected as many buffers as copies.");
  for (size_t i = 0; i < which.size(); ++i) check(which[i], static_cast<int64_t>(copies.buffers_[i].size()));
  for (size_t i = 0; i < which.size(); ++i)
    std::copy(copies.buffers_[i].begin(), copies.buffers_[i].end(), buffers_[which[i]].begin());
}

void Buffers::exchange(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  std::unique_lock lock(mutex_);
  if (a.size() != b.size()) fail_shape("expected as many buffers on both sides.");
  std::vector<int64_t> all(a);
  all.insert(all.end(), b.begin(), b.end());
  for (const int64_t n : all) check(n);
  std::sort(all.begin(), all.end());
  if (std::adjacent_find(all.begin(), all.end()) != all.end()) fail_shape("expected different buffers.");
  for (size_t i = 0; i < a.size(); ++i) check(b[i], static_cast<int64_t>(buffers_[a[i]].size()));
  for (size_t i = 0; i < a.size(); ++i) std::swap(buffers_[a[i]], buffers_[b[i]]);
}

}  // namespace kindred::nn
