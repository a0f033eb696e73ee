#include "cpu/nn/isa/functions.h"
#include "cpu/runtime/isa/kernel_declarations.h"
#include "kindred/words/batch.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kBatch = kSkipGramBatch;
constexpr int64_t kMostTogether = 5;  // negatives whose rows and steps stay in registers

constexpr int64_t padded_to_vectors(int64_t n) { return (n + kFloats - 1) / kFloats * kFloats; }

// Lanes 0, 2, 4, ... of a and b, and lanes 1, 3, 5, ...: their sum has each vector's sums of two neighbours, a's first.
KINDRED_INLINE vf sums_of_neighbours(vf a, vf b) {
  vi even{}, odd{};
  for (int l = 0; l < kFloats; ++l) {
    even[l] = 2 * l;
    odd[l] = 2 * l + 1;
  }
  return shuffle(a, b, even) + shuffle(a, b, odd);
}

// Lane l of the result is the sum of vector l.
KINDRED_INLINE vf sums_of(const float* vectors) {
  vf v[kFloats];
  for (int64_t l = 0; l < kFloats; ++l) v[l] = load(vectors + l * kFloats);
  for (int64_t n = kFloats / 2; n > 0; n /= 2)
    for (int64_t i = 0; i < n; ++i) v[i] = sums_of_neighbours(v[2 * i], v[2 * i + 1]);
  return v[0];
}

// Sums of products of `Inputs` rows with their own outputs, and with Negatives rows, vectors of them as they come:
// out[b * stride + ...], the own one first.
template <int Inputs, int Negatives>
KINDRED_INLINE void products(const float* const* x, const float* const* y, const float* const* n, int64_t width,
                             float* out, int64_t stride, int64_t first, bool own) {
  vf sums[Inputs][Negatives + 1] = {};
  for (int64_t t = 0; t < width; t += kFloats) {
    vf a[Inputs];
    for (int b = 0; b < Inputs; ++b) a[b] = load(x[b] + t);
    for (int b = 0; b < Inputs; ++b) sums[b][Negatives] += a[b] * load(y[b] + t);
    for (int k = 0; k < Negatives; ++k) {
      const vf c = load(n[k] + t);
      for (int b = 0; b < Inputs; ++b) sums[b][k] += a[b] * c;
    }
  }
  for (int b = 0; b < Inputs; ++b) {
    for (int k = 0; k < Negatives; ++k) store(out + (b * stride + 1 + first + k) * kFloats, sums[b][k]);
    if (own) store(out + b * stride * kFloats, sums[b][Negatives]);
  }
}

template <int Inputs>
KINDRED_INLINE void products_with_all(const float* const* x, const float* const* y, const float* const* n,
                                      int64_t negatives, int64_t width, float* out, int64_t stride) {
  int64_t k = 0;
  do {
    const bool own = k == 0;
    switch (negatives - k) {
      case 0:
        products<Inputs, 0>(x, y, n + k, width, out, stride, k, own);
        return;
      case 1:
        products<Inputs, 1>(x, y, n + k, width, out, stride, k, own);
        return;
      case 2:
        products<Inputs, 2>(x, y, n + k, width, out, stride, k, own);
        return;
      case 3:
        products<Inputs, 3>(x, y, n + k, width, out, stride, k, own);
        return;
      case 4:
        products<Inputs, 4>(x, y, n + k, width, out, stride, k, own);
        return;
      default:
        products<Inputs, 5>(x, y, n + k, width, out, stride, k, own);
    }
    k += kMostTogether;
  } while (k < negatives);
}

// The steps of a batch, a vector of dimensions at a time; errors [count][stride], the own one first.
template <int Negatives>
KINDRED_INLINE void step(float* const* x, float* const* y, float* const* n, int64_t count, const float* errors,
                         int64_t stride, int64_t width) {
  for (int64_t t = 0; t < width; t += kFloats) {
    vf row[Negatives > 0 ? Negatives : 1], ascent[Negatives > 0 ? Negatives : 1];
    for (int k = 0; k < Negatives; ++k) {
      row[k] = load(n[k] + t);
      ascent[k] = vf{};
    }
    for (int64_t b = 0; b < count; ++b) {
      const float* e = errors + b * stride;
      const vf a = load(x[b] + t), c = load(y[b] + t);
      vf moved = a + e[0] * c;
      for (int k = 0; k < Negatives; ++k) {
        moved += e[k + 1] * row[k];
        ascent[k] += e[k + 1] * a;
      }
      store(x[b] + t, moved);
      store(y[b] + t, c + e[0] * a);
    }
    for (int k = 0; k < Negatives; ++k) store(n[k] + t, load(n[k] + t) + ascent[k]);
  }
}

// The same for any number of negatives.
KINDRED_INLINE void step_of_many(float* const* x, float* const* y, float* const* n, int64_t negatives, int64_t count,
                                 const float* errors, int64_t stride, int64_t width) {
  float rows[kMostNegatives * kFloats], ascents[kMostNegatives * kFloats];
  for (int64_t t = 0; t < width; t += kFloats) {
    for (int64_t k = 0; k < negatives; ++k) {
      store(rows + k * kFloats, load(n[k] + t));
      store(ascents + k * kFloats, vf{});
    }
    for (int64_t b = 0; b < count; ++b) {
      const float* e = errors + b * stride;
      const vf a = load(x[b] + t), c = load(y[b] + t);
      vf moved = a + e[0] * c;
      for (int64_t k = 0; k < negatives; ++k) {
        moved += e[k + 1] * load(rows + k * kFloats);
        store(ascents + k * kFloats, load(ascents + k * kFloats) + e[k + 1] * a);
      }
      store(x[b] + t, moved);
      store(y[b] + t, c + e[0] * a);
    }
    for (int64_t k = 0; k < negatives; ++k) store(n[k] + t, load(n[k] + t) + load(ascents + k * kFloats));
  }
}

}  // namespace

void skip_gram(const WordTables& m, const WordPair* pairs, int64_t count, const int32_t* negatives,
               int64_t negative_count, float rate) {
  constexpr int64_t room = padded_to_vectors(kBatch * (kMostNegatives + 1));
  const int64_t stride = negative_count + 1, all = count * stride;
  float *x[kBatch], *y[kBatch], *n[kMostNegatives + 1];
  float sums[room * kFloats], errors[room];
  for (int64_t b = 0; b < count; ++b) {
    x[b] = m.X + pairs[b].input * m.width;
    y[b] = m.Y + pairs[b].output * m.width;
  }
  for (int64_t k = 0; k < negative_count; ++k) n[k] = m.Y + negatives[k] * m.width;
  int64_t b = 0;
  for (; b + 2 <= count; b += 2)
    products_with_all<2>(x + b, y + b, n, negative_count, m.width, sums + b * stride * kFloats, stride);
  for (; b < count; ++b)
    products_with_all<1>(x + b, y + b, n, negative_count, m.width, sums + b * stride * kFloats, stride);
  for (int64_t i = all; i < padded_to_vectors(all); ++i) store(sums + i * kFloats, vf{});
  for (int64_t i = 0; i < all; i += kFloats) store(errors + i, -rate * logistic(sums_of(sums + i * kFloats)));
  for (b = 0; b < count; ++b) {
    float* e = errors + b * stride;
    e[0] += rate;
    for (int64_t k = 0; k < negative_count; ++k)
      if (negatives[k] == pairs[b].output) e[k + 1] = 0;
  }
  switch (negative_count) {
    case 0:
      step<0>(x, y, n, count, errors, stride, m.width);
      return;
    case 1:
      step<1>(x, y, n, count, errors, stride, m.width);
      return;
    case 2:
      step<2>(x, y, n, count, errors, stride, m.width);
      return;
    case 3:
      step<3>(x, y, n, count, errors, stride, m.width);
      return;
    case 4:
      step<4>(x, y, n, count, errors, stride, m.width);
      return;
    case 5:
      step<5>(x, y, n, count, errors, stride, m.width);
      return;
    default:
      step_of_many(x, y, n, negative_count, count, errors, stride, m.width);
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
