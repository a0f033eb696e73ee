// How often bits are set together, counted for 512 columns at once in bit slices: slice k holds bit k of every column's
// counter, and a carry-save adder takes three slices of one weight to two (Harley and Seal; Mula, Kurz and Lemire 2018,
// "Faster population counts using AVX2 instructions").
#include "cpu/runtime/isa/kernel_declarations.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef uint64_t vu __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint64_t vu_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(8), may_alias));
typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef int32_t vi_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(4), may_alias));

constexpr int kWords = kPatterns / 64;
constexpr int kVectors = kPatterns / 8 / KINDRED_VECTOR_BYTES;
constexpr int kWordsOfVector = kWords / kVectors;
constexpr int kGroup = 16;  // ids added at once; the slices of weights below it are always whole
constexpr int kLow = 4;     // log2(kGroup)
constexpr int kSlices = 32;
constexpr int64_t kAhead = 32;  // ids fetched before they are needed: the bits are larger than the nearest caches

KINDRED_INLINE vu load(const uint64_t* p) { return *reinterpret_cast<const vu_unaligned*>(p); }

// high, low = a + b + c
KINDRED_INLINE void add3(vu& high, vu& low, vu a, vu b, vu c) {
#if defined(__AVX512F__)
  const __m512i x = reinterpret_cast<__m512i>(a), y = reinterpret_cast<__m512i>(b), z = reinterpret_cast<__m512i>(c);
  high = reinterpret_cast<vu>(_mm512_ternarylogic_epi64(x, y, z, 0xE8));
  low = reinterpret_cast<vu>(_mm512_ternarylogic_epi64(x, y, z, 0x96));
#else
  const vu either = a ^ b;
  high = (a & b) | (either & c);
  low = either ^ c;
#endif
}

// The counters of one vector of columns.
struct Counters {
  vu low[kLow];                // of weights 1, 2, 4, 8
  vu sum[kSlices - kLow];      // of weight kGroup * 2^k
  vu waiting[kSlices - kLow];  // one more of the same weight, where bit k of the number of groups is set
};

// What the 16 vectors add up to at weight kGroup; smaller weights stay in `low`.
KINDRED_INLINE vu add_group(vu (&low)[kLow], const vu* x) {
  vu fours[2], eights[2];
  for (int half = 0; half < 2; ++half) {
    for (int quarter = 0; quarter < 2; ++quarter) {
      vu twos[2];
      for (int pair = 0; pair < 2; ++pair, x += 2) add3(twos[pair], low[0], low[0], x[0], x[1]);
      add3(fours[quarter], low[1], low[1], twos[0], twos[1]);
    }
    add3(eights[half], low[2], low[2], fours[0], fours[1]);
  }
  vu carry;
  add3(carry, low[3], low[3], eights[0], eights[1]);
  return carry;
}

KINDRED_INLINE void add_carry(Counters& counters, vu carry, int64_t groups) {
  int k = 0;
  for (; groups >> k & 1; ++k) add3(carry, counters.sum[k], counters.sum[k], counters.waiting[k], carry);
  counters.waiting[k] = carry;
}

KINDRED_INLINE void add_waiting(Counters& counters, int64_t groups, int slices) {
  vu carry{};
  for (int k = 0; k + kLow < slices; ++k)
    add3(carry, counters.sum[k], counters.sum[k], groups >> k & 1 ? counters.waiting[k] : vu{}, carry);
}

#if defined(__AVX512BW__)

// counts (+)= the bytes whose bit k is slices[k], shifted
template <bool First>
KINDRED_INLINE void spread(const uint64_t (*slices)[kWords], int count, int shift, int32_t* counts) {
  __m512i bytes[kWords];
  for (int w = 0; w < kWords; ++w) bytes[w] = _mm512_setzero_si512();
  for (int k = 0; k < count; ++k) {
    const __m512i bit = _mm512_set1_epi8(static_cast<char>(1 << k));
    for (int w = 0; w < kWords; ++w)
      bytes[w] = _mm512_mask_or_epi64(bytes[w], 0xFF, bytes[w], _mm512_maskz_mov_epi8(slices[k][w], bit));
  }
  for (int w = 0; w < kWords; ++w) {
    alignas(64) uint8_t lanes[64];
    _mm512_store_si512(lanes, bytes[w]);
    for (int i = 0; i < 64; i += 16) {
      constexpr __mmask16 kAll = 0xFFFF;
      __m512i wide = _mm512_maskz_cvtepu8_epi32(kAll, _mm_load_si128(reinterpret_cast<const __m128i*>(lanes + i)));
      int32_t* const out = counts + w * 64 + i;
      if (!First)
        wide = _mm512_maskz_add_epi32(kAll, _mm512_loadu_si512(out),
                                      _mm512_maskz_sll_epi32(kAll, wide, _mm_cvtsi32_si128(shift)));
      _mm512_storeu_si512(out, wide);
    }
  }
}

#else

struct SpreadBytes {
  uint64_t of[256];  // byte i of of[b] is bit i of b
};

constexpr SpreadBytes make_spread_bytes() {
  SpreadBytes table{};
  for (uint64_t b = 0; b < 256; ++b)
    for (int i = 0; i < 8; ++i) table.of[b] |= (b >> i & 1) << (8 * i);
  return table;
}

constexpr SpreadBytes kSpreadBytes = make_spread_bytes();

template <bool First>
KINDRED_INLINE void spread(const uint64_t (*slices)[kWords], int count, int shift, int32_t* counts) {
  for (int w = 0; w < kWords; ++w)
    for (int byte = 0; byte < 8; ++byte) {
      uint64_t lanes = 0;
      for (int k = 0; k < count; ++k) lanes |= kSpreadBytes.of[slices[k][w] >> (8 * byte) & 255] << k;
      int32_t* const out = counts + w * 64 + byte * 8;
      for (int i = 0; i < 8; ++i) {
        const int32_t value = static_cast<int32_t>(lanes >> (8 * i) & 255) << shift;
        out[i] = First ? value : out[i] + value;
      }
    }
}

#endif

KINDRED_INLINE uint64_t positive(vf x) {
#if KINDRED_VECTOR_BYTES == 64
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(x), _mm512_setzero_ps(), _CMP_GT_OQ);
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ)));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps(_mm_cmpgt_ps(x, _mm_setzero_ps())));
#else
  uint64_t mask = 0;
  for (int64_t i = 0; i < kFloats; ++i) mask |= static_cast<uint64_t>(x[i] > 0) << i;
  return mask;
#endif
}

template <bool Jaccard>
KINDRED_INLINE void similar(const int32_t* counts, const PatternBounds& bounds, uint64_t* masks) {
  for (int w = 0; w < kWords; ++w) {
    masks[w] = 0;
    for (int i = 0; i < 64; i += kFloats) {
      const int at = w * 64 + i;
      const vf count = __builtin_convertvector(*reinterpret_cast<const vi_unaligned*>(counts + at), vf);
      const vf sizes = KINDRED_NAMESPACE::load(bounds.sizes + at), floors = KINDRED_NAMESPACE::load(bounds.floors + at);
      const vf own = vf{} + bounds.floor;
      const vf floor = floors < own ? floors : own;
      const vf size = Jaccard ? bounds.size + sizes - count : bounds.size * sizes;
      masks[w] |= positive(count - floor * (size + bounds.shrinkage)) << i;
    }
  }
}

}  // namespace

void count_patterns(const uint64_t* bits, const int32_t* ids, int64_t n, int32_t* counts) {
  int slices = 0;
  while (n >> slices) ++slices;
  Counters counters[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    for (int k = 0; k < kLow; ++k) counters[v].low[k] = vu{};
    for (int k = 0; k + kLow < slices; ++k) counters[v].sum[k] = vu{};
  }
  int64_t t = 0, groups = 0;
  for (; t + kGroup <= n; t += kGroup, ++groups) {
    if (t + kAhead + kGroup <= n)
      for (int i = 0; i < kGroup; ++i) __builtin_prefetch(bits + int64_t{ids[t + kAhead + i]} * kWords);
    for (int v = 0; v < kVectors; ++v) {
      vu x[kGroup];
      for (int i = 0; i < kGroup; ++i) x[i] = load(bits + int64_t{ids[t + i]} * kWords + v * kWordsOfVector);
      add_carry(counters[v], add_group(counters[v].low, x), groups);
    }
  }
  if (t < n) {
    for (int v = 0; v < kVectors; ++v) {
      vu x[kGroup];
      for (int i = 0; i < kGroup; ++i)
        x[i] = t + i < n ? load(bits + int64_t{ids[t + i]} * kWords + v * kWordsOfVector) : vu{};
      add_carry(counters[v], add_group(counters[v].low, x), groups);
    }
    ++groups;
  }
  alignas(64) uint64_t words[kSlices][kWords];
  for (int v = 0; v < kVectors; ++v) {
    add_waiting(counters[v], groups, slices);
    for (int k = 0; k < slices; ++k)
      *reinterpret_cast<vu_unaligned*>(words[k] + v * kWordsOfVector) =
          k < kLow ? counters[v].low[k] : counters[v].sum[k - kLow];
  }
  spread<true>(words, slices < 8 ? slices : 8, 0, counts);
  for (int k = 8; k < slices; k += 8) spread<false>(words + k, slices - k < 8 ? slices - k : 8, k, counts);
}

void similar_patterns(const int32_t* counts, const PatternBounds& bounds, uint64_t* masks) {
  if (bounds.jaccard)
    similar<true>(counts, bounds, masks);
  else
    similar<false>(counts, bounds, masks);
}

}  // namespace kindred::KINDRED_NAMESPACE
