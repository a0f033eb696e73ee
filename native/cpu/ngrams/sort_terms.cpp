#include "cpu/ngrams/sort_terms.h"

#include <algorithm>
#include <bit>

#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kTermsAtOnce = 1 << 14;

// The first bytes stand beside each number: most comparisons look no further.
struct Key {
  uint64_t first, second;  // eight bytes each, the first the highest; 0 behind the end
  int32_t number;
};

uint64_t eight_bytes(std::string_view term, size_t from) {
  uint64_t bytes = 0;
  if (from < term.size()) std::memcpy(&bytes, term.data() + from, std::min<size_t>(term.size() - from, 8));
  if constexpr (std::endian::native == std::endian::little) bytes = __builtin_bswap64(bytes);
  return bytes;
}

}  // namespace

void sort_terms(const TermTable& table, std::vector<int32_t>& numbers, const AbortFlag* abort) {
  const auto count = static_cast<int64_t>(numbers.size());
  const auto less = [&](const Key& a, const Key& b) {
    if (a.first != b.first) return a.first < b.first;
    return a.second != b.second ? a.second < b.second : table[a.number] < table[b.number];
  };
  std::vector<Key> keys(count), other(count);
  parallel_for(count, kTermsAtOnce, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const std::string_view term = table[numbers[i]];
      keys[i] = {eight_bytes(term, 0), eight_bytes(term, 8), numbers[i]};
    }
    Poll poll(abort);
    std::sort(keys.begin() + begin, keys.begin() + end, polled(poll, less));
  });
  for (int64_t width = kTermsAtOnce; width < count; width *= 2, keys.swap(other))
    parallel_for(count, 2 * width, abort, [&](int64_t begin, int64_t end) {
      const auto from = keys.begin(), middle = from + std::min(begin + width, end);
      Poll poll(abort);
      std::merge(from + begin, middle, middle, from + end, other.begin() + begin, polled(poll, less));
    });
  for (int64_t i = 0; i < count; ++i) numbers[i] = keys[i].number;
}

}  // namespace kindred
