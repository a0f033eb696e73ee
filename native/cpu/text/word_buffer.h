// The word under construction: its characters in UTF-8, in canonical order.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "cpu/text/utf8.h"

namespace kindred {

class WordBuffer {
 public:
  // Characters beyond the limit are counted, not kept.
  explicit WordBuffer(int64_t limit) : limit_(limit), bytes_(4 * limit + 4) {}

  bool empty() const { return characters_ == 0; }
  bool too_long() const { return characters_ > limit_; }
  std::string_view view() const { return {bytes_.data(), size_}; }

  void clear() {
    size_ = 0;
    characters_ = 0;
    run_.clear();
  }

  // Ends the run of characters that canonical ordering sorts.
  void start_run() { run_.clear(); }

  // ASCII characters, through a map.
  void append_ascii(const uint8_t* from, int64_t count, const uint8_t* map) {
    run_.clear();
    const int64_t room = characters_ < limit_ ? limit_ - characters_ : 0;
    const int64_t kept = count < room ? count : room;
    for (int64_t i = 0; i < kept; ++i) bytes_[size_ + i] = static_cast<char>(map[from[i]]);
    size_ += kept;
    characters_ += count;
  }

  void append(uint32_t point) {
    run_.clear();
    if (++characters_ <= limit_) size_ += encode_utf8(point, bytes_.data() + size_);
  }

  // A character of a combining class other than 0: it goes behind those of its run with a class as high as its own.
  void insert(uint32_t point, int combining) {
    if (++characters_ > limit_) return;
    char encoded[4];
    const int length = encode_utf8(point, encoded);
    size_t at = run_.size();
    while (at > 0 && run_[at - 1].combining > combining) --at;
    const size_t begin = at < run_.size() ? run_[at].begin : size_;
    std::memmove(bytes_.data() + begin + length, bytes_.data() + begin, size_ - begin);
    std::memcpy(bytes_.data() + begin, encoded, length);
    size_ += length;
    run_.insert(run_.begin() + at, {begin, combining});
    for (++at; at < run_.size(); ++at) run_[at].begin += length;
  }

 private:
  struct Moved {
    size_t begin;
    int combining;
  };

  int64_t limit_;
  std::vector<char> bytes_;
  size_t size_ = 0;
  int64_t characters_ = 0;
  std::vector<Moved> run_;
};

}  // namespace kindred
