// Lists of the best: scored rows as 64-bit keys that sort by score and then by row.
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

constexpr uint64_t kNoKey = 0;  // after every other

// Larger is better: the score's bits in an order of their own, then the smaller row. -0 is 0; NaN has no key.
KINDRED_DEVICE uint64_t key_of(float score, int32_t row) {
  if (is_nan(score)) return kNoKey;
  const uint32_t bits = bits_of(score + 0.0f);
  const uint32_t ordered = bits >> 31 ? ~bits : bits | 0x80000000u;
  return static_cast<uint64_t>(ordered) << 32 | (0xFFFFFFFFu - static_cast<uint32_t>(row));
}

KINDRED_DEVICE int32_t row_of(uint64_t key) {
  return static_cast<int32_t>(0xFFFFFFFFu - static_cast<uint32_t>(key & 0xFFFFFFFFu));
}

KINDRED_DEVICE float score_of(uint64_t key) {
  const uint32_t ordered = static_cast<uint32_t>(key >> 32);
  return float_of(ordered >> 31 ? ordered & 0x7FFFFFFFu : ~ordered);
}

// Which pair comparator `i` of a stage of a bitonic network compares, and whether the larger key goes first
// (Batcher 1968, "Sorting networks and their applications").
struct Comparator {
  int64_t low, high;
  bool descending;
};
KINDRED_BOTH Comparator comparator(int64_t i, int64_t size, int64_t stride) {
  const int64_t low = 2 * i - (i & (stride - 1));
  return {low, low + stride, (low & size) == 0};
}

// keys [n], n a power of two, by a block or a warp.
template <class Group>
KINDRED_DEVICE void sort_descending(const Group& group, uint64_t* keys, int64_t n) {
  for (int64_t size = 2; size <= n; size *= 2)
    for (int64_t stride = size / 2; stride > 0; stride /= 2)
      group.each(n / 2, [&](int64_t i) {
        const Comparator c = comparator(i, size, stride);
        const uint64_t a = keys[c.low], b = keys[c.high];
        if ((a < b) == c.descending) {
          keys[c.low] = b;
          keys[c.high] = a;
        }
      });
}

// The best min(count, k) of keys [count] come first, sorted. They are padded to the next power of two, for which there
// must be room: in `staging` [staged] where that is enough, else in place.
template <class Group>
KINDRED_DEVICE void keep_best(const Group& group, uint64_t* keys, int64_t count, int64_t k, uint64_t* staging,
                              int64_t staged) {
  const int64_t n = power_of_two(count);
  uint64_t* const sorted = n <= staged ? staging : keys;
  group.each(n, [&](int64_t i) { sorted[i] = i < count ? keys[i] : kNoKey; });
  sort_descending(group, sorted, n);
  if (sorted != keys) group.each(smaller(count, k), [&](int64_t i) { keys[i] = sorted[i]; });
}

}  // namespace kindred::cuda
