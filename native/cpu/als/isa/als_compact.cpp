// Panels: the factors that a row of the log touches, gathered once into one block of memory, in bfloat16. A word holds
// lane l of one vector in its lower half and lane l of the next in its upper: either costs one operation to widen.
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kGroup = 8;            // panel rows whose products are in registers together
constexpr int64_t kFetchAhead = 16;  // rows between a prefetch and its use
constexpr int64_t kPair = 2 * kFloats;

typedef uint32_t vu __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint32_t vu_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(2), may_alias));

KINDRED_INLINE vu load_words(const uint16_t* p) { return *reinterpret_cast<const vu_unaligned*>(p); }
KINDRED_INLINE vf lower(vu words) { return reinterpret_cast<vf>(words << 16); }
KINDRED_INLINE vf upper(vu words) { return reinterpret_cast<vf>(words & 0xffff0000u); }

KINDRED_INLINE uint32_t rounded(float value) {  // to nearest, ties to even; the upper half counts
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits + 0x7fff + ((bits >> 16) & 1);
}

typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

// a and b hold Segments partial sums each, of equal width; the result holds those of a, then those of b, half as wide.
template <int Segments>
KINDRED_INLINE vf fold(vf a, vf b) {
  constexpr int half = kFloats / Segments / 2;
  vi low{}, high{};
  for (int l = 0; l < kFloats; ++l) {
    const int segment = l / half;
    low[l] = (segment < Segments ? segment * 2 * half : kFloats + (segment - Segments) * 2 * half) + l % half;
    high[l] = low[l] + half;
  }
  return shuffle(a, b, low) + shuffle(a, b, high);
}

// out[g] = sum of the lanes of sums[g]
KINDRED_INLINE void sum_each(const vf (&sums)[kGroup], float* out) {
  static_assert(kGroup == 8);
  vf pairs[4], fours[2];
  for (int g = 0; g < 4; ++g) pairs[g] = fold<1>(sums[2 * g], sums[2 * g + 1]);
  for (int g = 0; g < 2; ++g) fours[g] = fold<2>(pairs[2 * g], pairs[2 * g + 1]);
  if constexpr (kFloats == 4) {
    store(out, fours[0]);
    store(out + 4, fours[1]);
  } else {
    vf eight = fold<4>(fours[0], fours[1]);
    if constexpr (kFloats == 16) eight = fold<8>(eight, eight);
    float lanes[kFloats];
    store(lanes, eight);
    for (int g = 0; g < kGroup; ++g) out[g] = lanes[g];
  }
}

// out[g] = panel[g] . p
KINDRED_INLINE void products(const uint16_t* panel, int64_t width, const float* p, float* out) {
  vf sums[kGroup] = {};
  for (int64_t t = 0; t < width; t += kPair) {
    const vf first = load(p + t), second = load(p + t + kFloats);
    for (int g = 0; g < kGroup; ++g) {
      const vu words = load_words(panel + g * width + t);
      sums[g] += lower(words) * first;
      sums[g] += upper(words) * second;
    }
  }
  sum_each(sums, out);
}

// out += sum of s[g] panel[g]
template <int G>
KINDRED_INLINE void combine(const uint16_t* panel, int64_t width, const float* s, float* out) {
  for (int64_t t = 0; t < width; t += kPair) {
    vf first = load(out + t), second = load(out + t + kFloats);
    for (int g = 0; g < G; ++g) {
      const vu words = load_words(panel + g * width + t);
      first += s[g] * lower(words);
      second += s[g] * upper(words);
    }
    store(out + t, first);
    store(out + t + kFloats, second);
  }
}

}  // namespace

void als_compact(const float* rows, int64_t count, int64_t width, uint16_t* out) {
  for (int64_t i = 0; i < count * width; i += kPair)
    for (int64_t l = 0; l < kFloats; ++l) {
      const uint32_t word = rounded(rows[i + l]) >> 16 | (rounded(rows[i + kFloats + l]) & 0xffff0000u);
      __builtin_memcpy(out + i + 2 * l, &word, sizeof word);
    }
}

void als_gather_compact(const uint16_t* rows, int64_t width, const int32_t* ids, int64_t count, int64_t known,
                        uint16_t* panel) {
  for (int64_t j = 0; j < count; ++j) {
    if (j + kFetchAhead < known) {
      const uint16_t* next = rows + ids[j + kFetchAhead] * width;
      for (int64_t t = 0; t < width; t += 32) __builtin_prefetch(next + t);
    }
    const uint16_t* row = rows + ids[j] * width;
    for (int64_t t = 0; t < width; t += kPair)
      *reinterpret_cast<vu_unaligned*>(panel + j * width + t) = load_words(row + t);
  }
}

void als_compact_pass(const uint16_t* panel, int64_t count, int64_t width, const float* a, const float* b,
                      const float* p, float* out) {
  int64_t j = 0;
  for (; j + kGroup <= count; j += kGroup) {
    float s[kGroup];
    products(panel + j * width, width, p, s);
    for (int g = 0; g < kGroup; ++g) s[g] = (a ? a[j + g] : 0.0f) + b[j + g] * s[g];
    combine<kGroup>(panel + j * width, width, s, out);
  }
  for (; j < count; ++j) {
    const uint16_t* row = panel + j * width;
    vf sums{};
    for (int64_t t = 0; t < width; t += kPair) {
      const vu words = load_words(row + t);
      sums += lower(words) * load(p + t);
      sums += upper(words) * load(p + t + kFloats);
    }
    const float s[1] = {(a ? a[j] : 0.0f) + b[j] * sum(sums)};
    combine<1>(row, width, s, out);
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
