#include "kindred/tables/dense_keys.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// Calls body(begin, end, numbers, keys) over both arrays in steps.
template <class Body>
void over_both(const double* a, int64_t a_count, const double* b, int64_t b_count, int32_t* a_keys, int32_t* b_keys,
               const AbortFlag* abort, Body body) {
  in_steps(a_count, abort, [&](int64_t begin, int64_t end) { body(begin, end, a, a_keys); });
  in_steps(b_count, abort, [&](int64_t begin, int64_t end) { body(begin, end, b, b_keys); });
}

// Keys of numbers of any kind: open addressing at most half full.
class KeyTable {
 public:
  KeyTable() : slots_(kFirstSlots, Slot{0, -1}) {}

  int32_t key_of(double number) {
    if (2 * count_ >= static_cast<int64_t>(slots_.size())) grow();
    Slot& slot = slot_of(slots_, std::bit_cast<uint64_t>(number + 0.0));
    if (slot.key < 0) slot = {std::bit_cast<uint64_t>(number + 0.0), count_++};
    return slot.key;
  }

  int64_t count() const { return count_; }

 private:
  static constexpr size_t kFirstSlots = 1 << 12;

  struct Slot {
    uint64_t bits;
    int32_t key;  // -1: empty
  };

  // The finalizer of MurmurHash3 (Appleby 2011).
  static uint64_t hash(uint64_t bits) {
    bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccdull;
    bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53ull;
    return bits ^ (bits >> 33);
  }

  static Slot& slot_of(std::vector<Slot>& slots, uint64_t bits) {
    const size_t mask = slots.size() - 1;
    for (size_t at = hash(bits) & mask;; at = (at + 1) & mask)
      if (slots[at].key < 0 || slots[at].bits == bits) return slots[at];
  }

  void grow() {
    std::vector<Slot> wider(2 * slots_.size(), Slot{0, -1});
    for (const Slot& slot : slots_)
      if (slot.key >= 0) slot_of(wider, slot.bits) = slot;
    slots_.swap(wider);
  }

  std::vector<Slot> slots_;
  int32_t count_ = 0;
};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool are_integers = true;
};

}  // namespace

int64_t dense_keys(const double* a, int64_t a_count, const double* b, int64_t b_count, int32_t* a_keys, int32_t* b_keys,
                   const AbortFlag* abort) {
  if (a_count + b_count > std::numeric_limits<int32_t>::max())
    throw Error("ERR_TOO_LARGE",
                "expected at most 2147483647 keys but received " + std::to_string(a_count + b_count) + ".");
  Range range;
  over_both(a, a_count, b, b_count, a_keys, b_keys, abort,
            [&](int64_t begin, int64_t end, const double* numbers, int32_t*) {
              for (int64_t n = begin; n < end; ++n) {
                if (std::isnan(numbers[n])) continue;
                range.low = std::min(range.low, numbers[n]);
                range.high = std::max(range.high, numbers[n]);
                range.are_integers = range.are_integers && numbers[n] == std::trunc(numbers[n]);
              }
            });
  // Integers close to one another index a table as they are.
  const double width = range.high - range.low + 1;
  if (range.are_integers && width > 0 && width <= 4.0 * static_cast<double>(a_count + b_count) + 65536) {
    std::vector<int32_t> keys(static_cast<size_t>(width), -1);
    int32_t count = 0;
    over_both(a, a_count, b, b_count, a_keys, b_keys, abort,
              [&](int64_t begin, int64_t end, const double* numbers, int32_t* out) {
                for (int64_t n = begin; n < end; ++n) {
                  if (std::isnan(numbers[n])) {
                    out[n] = -1;
                    continue;
                  }
                  int32_t& key = keys[static_cast<size_t>(numbers[n] - range.low)];
                  if (key < 0) key = count++;
                  out[n] = key;
                }
              });
    return count;
  }
  KeyTable table;
  over_both(a, a_count, b, b_count, a_keys, b_keys, abort,
            [&](int64_t begin, int64_t end, const double* numbers, int32_t* out) {
              for (int64_t n = begin; n < end; ++n) out[n] = std::isnan(numbers[n]) ? -1 : table.key_of(numbers[n]);
            });
  return table.count();
}

}  // namespace kindred
