// Terms <-> numbers 0, 1, 2, ... in order of first appearance.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace kindred {

class TermTable {
 public:
  static constexpr int32_t kNone = -1;

  TermTable() : slots_(16), begins_(1) {}

  int32_t size() const { return static_cast<int32_t>(hashes_.size()); }
  std::string_view operator[](int32_t i) const {
    return {utf8_.data() + begins_[i], static_cast<size_t>(begins_[i + 1] - begins_[i])};
  }
  uint64_t hash_of(int32_t i) const { return hashes_[i]; }
  int64_t bytes() const;  // memory held, about

  // The number of a term, or kNone.
  int32_t find(std::string_view term, uint64_t hash) const {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot slot = slots_[at];
      if (slot.index == kNone) return kNone;
      if (slot.tag == tag(hash) && (*this)[slot.index] == term) return slot.index;
    }
  }

  // The same; a new term is appended. Throws ERR_TOO_LARGE from 2^31 terms on.
  int32_t add(std::string_view term, uint64_t hash) {
    const int32_t known = find(term, hash);
    return known == kNone ? append(term, hash) : known;
  }

  // wyhash's final version (Wang Yi 2019), without its secret and seed: of this process alone, never kept.
  static uint64_t hash(std::string_view term) {
    const char* p = term.data();
    size_t left = term.size();
    uint64_t h = left * kFirst;
    for (; left > 16; left -= 16, p += 16) h = mix(word(p) ^ kFirst, word(p + 8) ^ h);
    uint64_t a = 0, b = 0;
    if (left >= 8) {
      a = word(p);
      b = word(p + left - 8);
    } else if (left >= 4) {
      a = half(p);
      b = half(p + left - 4);
    } else if (left > 0) {
      a = static_cast<uint64_t>(static_cast<uint8_t>(p[0])) << 16 |
          static_cast<uint64_t>(static_cast<uint8_t>(p[left / 2])) << 8 | static_cast<uint8_t>(p[left - 1]);
    }
    return mix(kSecond ^ term.size(), mix(a ^ kFirst, b ^ h));
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t index = kNone;
  };

  static constexpr uint64_t kFirst = 0xa0761d6478bd642f, kSecond = 0xe7037ed1a0b428db;

  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static uint64_t word(const char* p) {
    uint64_t out;
    std::memcpy(&out, p, 8);
    return out;
  }
  static uint64_t half(const char* p) {
    uint32_t out;
    std::memcpy(&out, p, 4);
    return out;
  }
  static uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  int32_t append(std::string_view term, uint64_t hash);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::vector<char> utf8_;
  std::vector<int64_t> begins_;  // [size + 1]
  std::vector<uint64_t> hashes_;
};

}  // namespace kindred
