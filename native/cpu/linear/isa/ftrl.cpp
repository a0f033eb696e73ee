// FTRL-Proximal over the entries of a row: z and n of a weight lie together, so that an entry is one read of eight
// bytes.
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint32_t vu __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint32_t vu_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(4), may_alias));
typedef double pair_of_floats __attribute__((aligned(4), may_alias));
typedef float two_floats __attribute__((vector_size(8), aligned(4), may_alias));

KINDRED_INLINE double pair(const float* state, int32_t cell) {
  return *reinterpret_cast<const pair_of_floats*>(state + 2 * static_cast<int64_t>(cell));
}

KINDRED_INLINE vd pairs(const float* state, const int32_t* cells) {
  const auto at = [&](int64_t lane) __attribute__((always_inline)) { return pair(state, cells[lane]); };
#if KINDRED_VECTOR_BYTES == 64
  return vd{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
#elif KINDRED_VECTOR_BYTES == 32
  return vd{at(0), at(1), at(2), at(3)};
#else
  return vd{at(0), at(1)};
#endif
}

// Lanes 0, 2, 4, ... of both vectors, and 1, 3, 5, ...; and one lane of each in turns.
#if KINDRED_VECTOR_BYTES == 64
constexpr vi kEven = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
constexpr vi kOdd = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31};
constexpr vi kLow = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
constexpr vi kHigh = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
constexpr vi kLanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif KINDRED_VECTOR_BYTES == 32
constexpr vi kEven = {0, 2, 4, 6, 8, 10, 12, 14};
constexpr vi kOdd = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr vi kLow = {0, 8, 1, 9, 2, 10, 3, 11};
constexpr vi kHigh = {4, 12, 5, 13, 6, 14, 7, 15};
constexpr vi kLanes = {0, 1, 2, 3, 4, 5, 6, 7};
#else
constexpr vi kEven = {0, 2, 4, 6};
constexpr vi kOdd = {1, 3, 5, 7};
constexpr vi kLow = {0, 4, 1, 5};
constexpr vi kHigh = {2, 6, 3, 7};
constexpr vi kLanes = {0, 1, 2, 3};
#endif

KINDRED_INLINE vf root(vf x) {
  float lanes[kFloats];
  store(lanes, x);
  for (int64_t l = 0; l < kFloats; ++l) lanes[l] = __builtin_sqrtf(lanes[l]);
  return load(lanes);
}

// Pairwise, halves of the vector in registers: the next row waits for it.
template <int bytes>
KINDRED_INLINE float folded(const float* from) {
  if constexpr (bytes == 16) {
    return (from[0] + from[2]) + (from[1] + from[3]);
  } else {
    typedef float part __attribute__((vector_size(bytes / 2), aligned(4), may_alias));
    float halves[bytes / 8];
    *reinterpret_cast<part*>(halves) =
        *reinterpret_cast<const part*>(from) + *reinterpret_cast<const part*>(from + bytes / 8);
    return folded<bytes / 2>(halves);
  }
}

KINDRED_INLINE float folded(vf v) {
  float lanes[kFloats];
  store(lanes, v);
  return folded<KINDRED_VECTOR_BYTES>(lanes);
}

// Entries of one vector: algorithm 1, the line of w_{t,i}. Returns w times x.
KINDRED_INLINE vf weigh(const float* state, const int32_t* cells, vf x, const FtrlRates& rates,
                        const FtrlScratch& scratch, int64_t at) {
  const vf a = reinterpret_cast<vf>(pairs(state, cells)), b = reinterpret_cast<vf>(pairs(state, cells + kDoubles));
  const vf z = shuffle(a, b, kEven), n = shuffle(a, b, kOdd);
  const vf size = z < 0 ? -z : z;
  const vf shrunk = size - rates.l1, own = root(n);
  const vf ratio = shrunk / (rates.offset + own * rates.by_alpha);
  const vf w = shrunk > 0 ? (z < 0 ? ratio : -ratio) : vf{};
  store(scratch.x + at, x);
  store(scratch.w + at, w);
  store(scratch.n + at, n);
  store(scratch.root + at, own);
  return w * x;
}

// The finaliser of MurmurHash3.
template <class U>
KINDRED_INLINE U mixed(U h) {
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

}  // namespace

float ftrl_sum(const float* state, const int32_t* cells, const float* values, int64_t count, const FtrlRates& rates,
               const FtrlScratch& scratch) {
  vf total{};
  int64_t e = 0;
  for (; e + kFloats <= count; e += kFloats)
    total += weigh(state, cells + e, values ? load(values + e) : 1.0f - vf{}, rates, scratch, e);
  if (e < count && count >= kFloats) {
    // The last vector begins earlier; the entries of the one before have been counted.
    const int64_t last = count - kFloats;
    const vf product = weigh(state, cells + last, values ? load(values + last) : 1.0f - vf{}, rates, scratch, last);
    total += kLanes < static_cast<int32_t>(e - last) ? vf{} : product;
  } else if (e < count) {
    // Lanes without an entry have the value 0, and the weight of one that is there.
    int32_t own[kFloats];
    float x[kFloats];
    for (int64_t l = 0; l < kFloats; ++l) {
      own[l] = cells[e + l < count ? e + l : e];
      x[l] = e + l >= count ? 0.0f : values ? values[e + l] : 1.0f;
    }
    const vf product = weigh(state, own, load(x), rates, scratch, e);
    total += kLanes < static_cast<int32_t>(count - e) ? product : vf{};
  }
  return folded(total);
}

void ftrl_step(float* state, const int32_t* cells, int64_t count, float error, float by_alpha,
               const FtrlScratch& scratch, float* deltas) {
  // The last vector begins earlier, as that of the sum did.
  for (int64_t begin = 0; begin < count; begin += kFloats) {
    const int64_t e = begin + kFloats > count && count >= kFloats ? count - kFloats : begin;
    const vf g = error * load(scratch.x + e), square = g * g;
    const vf z = g - (root(load(scratch.n + e) + square) - load(scratch.root + e)) * by_alpha * load(scratch.w + e);
    store(deltas + 2 * e, shuffle(z, square, kLow));
    store(deltas + 2 * e + kFloats, shuffle(z, square, kHigh));
  }
  for (int64_t e = 0; e < count; ++e)
    *reinterpret_cast<two_floats*>(state + 2 * static_cast<int64_t>(cells[e])) +=
        *reinterpret_cast<const two_floats*>(deltas + 2 * e);
}

void ftrl_places(const int32_t* indices, int64_t count, uint32_t salt, uint32_t mask, int32_t* out) {
  int64_t i = 0;
  for (; i + kFloats <= count; i += kFloats) {
    const vu index = *reinterpret_cast<const vu_unaligned*>(indices + i);
    *reinterpret_cast<vu_unaligned*>(out + i) = mixed(mixed(index ^ 0x5bd1e995u) ^ salt) & mask;
  }
  for (; i < count; ++i)
    out[i] = static_cast<int32_t>(mixed(mixed(static_cast<uint32_t>(indices[i]) ^ 0x5bd1e995u) ^ salt) & mask);
}

}  // namespace kindred::KINDRED_NAMESPACE
