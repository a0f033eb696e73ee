// Steps of optimisers over rows of weights.
#include "cpu/runtime/isa/kernel_declarations.h"
#include "cpu/runtime/isa/simd.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

KINDRED_INLINE float root(float x) { return __builtin_sqrtf(x); }

KINDRED_INLINE vf root(vf x) {
  float lanes[kFloats];
  store(lanes, x);
  for (int64_t l = 0; l < kFloats; ++l) lanes[l] = __builtin_sqrtf(lanes[l]);
  return load(lanes);
}

// Each rule changes weight v and what it keeps, a and b, by gradient g: a number or a vector of them.
struct Sgd {
  static constexpr int kKept = 0;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V&, V&) {
    v -= s.rate * (s.scale * g + s.decay * v);
  }
};

struct Momentum {
  static constexpr int kKept = 1;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V& m, V&) {
    m = s.beta1 * m + (s.scale * g + s.decay * v);
    v -= s.rate * m;
  }
};

struct Nesterov {
  static constexpr int kKept = 1;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V& m, V&) {
    const V d = s.scale * g + s.decay * v;
    m = s.beta1 * m + d;
    v -= s.rate * (d + s.beta1 * m);
  }
};

struct Adagrad {
  static constexpr int kKept = 1;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V& squares, V&) {
    const V d = s.scale * g + s.decay * v;
    squares += d * d;
    v -= s.rate * d / (root(squares) + s.epsilon);
  }
};

// Adam and AdamW, of which one has `decay` and the other `keep`.
struct Adam {
  static constexpr int kKept = 2;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V& mean, V& square) {
    const V d = s.scale * g + s.decay * v;
    mean = s.beta1 * mean + (1.0f - s.beta1) * d;
    square = s.beta2 * square + (1.0f - s.beta2) * (d * d);
    v = s.keep * v - s.rate * mean / (root(s.square_scale * square) + s.epsilon);
  }
};

struct Ftrl {
  static constexpr int kKept = 2;
  template <class V>
  static KINDRED_INLINE void step(const UpdateStep& s, V g, V& v, V& z, V& squares) {
    const V d = s.scale * g, zero = V{}, old = root(squares);
    const V l1 = s.l1 + zero;
    // A weight that has seen no gradient: the z that gives it.
    const V start = -v * (s.beta1 / s.rate + s.decay) - (v > zero ? l1 : (v < zero ? -l1 : zero));
    z = squares == zero ? start : z;
    squares += d * d;
    const V now = root(squares);
    z += d - (now - old) / s.rate * v;
    const V scale = (s.beta1 + now) / s.rate + s.decay;
    v = z > l1 ? (l1 - z) / scale : (z < -l1 ? (-l1 - z) / scale : zero);
  }
};

template <class Rule>
void update(const UpdateStep& s, const float* gradient, int64_t n, float* weights, float* first, float* second) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) {
    vf v = load(weights + i), a{}, b{};
    if constexpr (Rule::kKept > 0) a = load(first + i);
    if constexpr (Rule::kKept > 1) b = load(second + i);
    Rule::step(s, load(gradient + i), v, a, b);
    store(weights + i, v);
    if constexpr (Rule::kKept > 0) store(first + i, a);
    if constexpr (Rule::kKept > 1) store(second + i, b);
  }
  for (; i < n; ++i) {
    float none = 0;
    Rule::step(s, gradient[i], weights[i], Rule::kKept > 0 ? first[i] : none, Rule::kKept > 1 ? second[i] : none);
  }
}

}  // namespace

void nn_update(const UpdateStep& step, const float* gradient, int64_t n, float* weights, float* first, float* second) {
  using Update = void (*)(const UpdateStep&, const float*, int64_t, float*, float*, float*);
  // In the order of kindred::nn::UpdateRule.
  constexpr Update kRules[] = {update<Sgd>,  update<Momentum>, update<Nesterov>, update<Adagrad>,
                               update<Adam>, update<Adam>,     update<Ftrl>};
  kRules[step.rule](step, gradient, n, weights, first, second);
}

void nn_blend(float keep, float share, const float* x, int64_t n, float* y) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(y + i, keep * load(y + i) + share * load(x + i));
  for (; i < n; ++i) y[i] = keep * y[i] + share * x[i];
}

}  // namespace kindred::KINDRED_NAMESPACE
