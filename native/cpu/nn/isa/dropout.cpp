// Dropout: splitmix64 (Steele, Lea and Flood 2014) of counters, a hash for each pair of numbers, low half first.
#include "cpu/runtime/isa/kernel_declarations.h"
#include "cpu/runtime/isa/simd.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef uint64_t hashes __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint32_t halves __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

constexpr int kPairs = kFloats / 2;
constexpr uint64_t kStep = 0x9e3779b97f4a7c15;

KINDRED_INLINE hashes hash(hashes z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

void nn_dropout(const float* x, int64_t n, uint32_t least, float scale, uint64_t key, int64_t pair, float* y) {
  hashes counters;
  for (int l = 0; l < kPairs; ++l) counters[l] = key + (uint64_t)(pair + l + 1) * kStep;
  const auto kept = [&](vf v) { return (halves)hash(counters) < least ? vf{} : v * scale; };
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats, counters += kPairs * kStep) store(y + i, kept(load(x + i)));
  if (i == n) return;
  float rest[kFloats] = {};
  for (int64_t l = 0; i + l < n; ++l) rest[l] = x[i + l];
  store(rest, kept(load(rest)));
  for (int64_t l = 0; i + l < n; ++l) y[i + l] = rest[l];
}

}  // namespace kindred::KINDRED_NAMESPACE
