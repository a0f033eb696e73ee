// The kernels of native/cuda for ALS, compiled for the host.
#include <algorithm>
#include <cmath>

#include "cuda/als/als_exact.h"
#include "cuda/search/codes.h"
#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "reference/als/als.h"
#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Problem {
  Csr Cui;
  std::vector<float> x, y;
  int64_t users, items, factors;

  Problem(Random& random, int64_t users, int64_t items, int64_t factors, double density = 0.2)
      : Cui(signed_csr(random, users, items, density)),
        x(random.floats(users * factors, -0.5, 0.5)),
        y(random.floats(items * factors, -0.5, 0.5)),
        users(users),
        items(items),
        factors(factors) {}

  ConstMatrix X() const { return {x.data(), users, factors}; }
  ConstMatrix Y() const { return {y.data(), items, factors}; }
  cuda::CsrRows rows() const { return {Cui.indptr.data(), Cui.indices.data(), Cui.values.data(), users, items}; }
};

// Plain: what kindred/als/als.h and its reference compute.
cuda::AlsSettings settings(int steps) { return {2, 0, 1, 3, steps, 1}; }

// rows [count, factors] V' for V [factors, factors], padded to width.
std::vector<float> rotated(ConstMatrix rows, const std::vector<double>& V, int64_t width, bool back) {
  const int64_t f = rows.cols;
  std::vector<float> out(rows.rows * width, 0.0f);
  for (int64_t r = 0; r < rows.rows; ++r)
    for (int64_t i = 0; i < f; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < f; ++j) sum += rows.row(r)[j] * (back ? V[j * f + i] : V[i * f + j]);
      out[r * width + i] = static_cast<float>(sum);
    }
  return out;
}

// X [users, factors] after one half-sweep by the kernel.
std::vector<float> cg(const Problem& p, const cuda::AlsSettings& settings, int threads = 256) {
  const int64_t f = p.factors, width = cuda::words_of(KINDRED_CUDA_F32, f);
  const auto eigen = symmetric_eigen(gram(p.Y(), nullptr).data(), f, nullptr);
  const auto Y = rotated(p.Y(), eigen.vectors, width, false);
  auto X = rotated(p.X(), eigen.vectors, width, false);
  const cuda::CgJob job{p.rows(), Y.data(), X.data(), eigen.values.data(), f, width, settings};
  std::vector<float> shared(cuda::cg_memory_floats(width, threads / 32), NAN);
  for (int64_t u = 0; u < p.users; ++u) cuda::cg_row(cuda::Block(threads), job, u, shared.data());
  const auto back = rotated({X.data(), p.users, f, width}, eigen.vectors, f, true);
  return back;
}

struct Exact {
  std::vector<float> x;
  int64_t first_bad = INT64_MAX;
};

Exact exact(const Problem& p, const cuda::AlsSettings& settings) {
  const int64_t f = p.factors;
  const auto YtY = gram(p.Y(), nullptr);
  std::vector<double> systems((f + 1) * f, NAN);
  Exact out{std::vector<float>(p.users * f, -7.0f)};
  const cuda::ExactJob job{p.rows(), p.y.data(), out.x.data(), YtY.data(), f, settings, systems.data(), &out.first_bad};
  for (int64_t u = 0; u < p.users; ++u) cuda::exact_row(cuda::Block(cuda::kExactThreads), job, u, 0);
  return out;
}

// Row u of the exact solution with every option, by elimination.
std::vector<double> by_elimination(const Problem& p, const cuda::AlsSettings& s, int64_t u) {
  const int64_t f = p.factors;
  std::vector<double> c(p.items, s.unobserved), b(f, 0.0), A(f * f, 0.0);
  const int32_t first = p.Cui.indptr[u], last = p.Cui.indptr[u + 1];
  for (int32_t n = first; n < last; ++n) {
    c[p.Cui.indices[n]] += s.alpha * std::fabs(p.Cui.values[n]);
    for (int64_t t = 0; t < f && p.Cui.values[n] > 0; ++t) b[t] += c[p.Cui.indices[n]] * p.y[p.Cui.indices[n] * f + t];
  }
  for (int64_t i = 0; i < p.items; ++i)
    for (int64_t t = 0; t < f; ++t)
      for (int64_t v = 0; v < f; ++v) A[t * f + v] += c[i] * p.y[i * f + t] * static_cast<double>(p.y[i * f + v]);
  const double count = last - first + s.unobserved * static_cast<double>(p.items);
  for (int64_t t = 0; t < f; ++t) A[t * f + t] += s.regularization * std::pow(count, s.exponent);
  return first == last ? std::vector<double>(f, 0.0) : reference::solve(A, f, b, 1);
}

AlsOptions plain(int steps) {
  AlsOptions o;
  o.regularization = 2;
  o.alpha = 3;
  o.cg_steps = steps;
  return o;
}

}  // namespace

TEST(conjugate_gradients_equal_the_reference_step_by_step) {
  Random random(1);
  for (const int64_t factors : {1, 2, 3, 31, 33, 64, 65, 130})
    for (const int steps : {0, 1, 3}) {
      const Problem p(random, 9, 67, factors);
      const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), plain(steps));
      CHECK_CLOSE(cg(p, settings(steps)), expected, 1e-4, 1e-3);
    }
}

TEST(conjugate_gradients_with_many_factors) {
  Random random(2);
  for (const int64_t factors : {1023, 1025}) {
    const Problem p(random, 2, 33, factors);
    const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), plain(2));
    CHECK_CLOSE(cg(p, settings(2)), expected, 1e-4, 1e-3);
  }
}

TEST(long_rows_and_few_warps) {
  Random random(3);
  const Problem p(random, 3, 1025, 33, 0.9);
  const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), plain(3));
  for (const int threads : {32, 64, 256}) CHECK_CLOSE(cg(p, settings(3), threads), expected, 1e-4, 1e-3);
}

TEST(every_option_leads_to_the_exact_solution) {
  Random random(4);
  const cuda::AlsSettings all[] = {
      {2, 0, 1, 3, 60, 0}, {2, 0, 1, 3, 60, 1}, {0.5, 0.75, 0.1, 3, 60, 1}, {0.1, 1, 0.5, 1, 60, 1}};
  for (const auto& s : all)
    for (const int64_t factors : {1, 3, 33}) {
      const Problem p(random, 7, 67, factors);
      const auto by_cg = cg(p, s);
      const auto by_cholesky = exact(p, s).x;
      for (int64_t u = 0; u < p.users; ++u) {
        const auto expected = by_elimination(p, s, u);
        const auto row = [&](const std::vector<float>& x) {
          return std::vector<float>(x.begin() + u * factors, x.begin() + (u + 1) * factors);
        };
        CHECK_CLOSE(row(by_cholesky), expected, 2e-6, 1e-5);
        CHECK_CLOSE(row(by_cg), expected, 5e-5, 5e-4);
      }
    }
}

TEST(cholesky_equals_the_reference) {
  Random random(5);
  for (const int64_t factors : {1, 2, 31, 33, 65}) {
    const Problem p(random, 9, 67, factors);
    CHECK_CLOSE(exact(p, settings(0)).x, reference::als_exact(p.Cui.view(), p.Y(), plain(0)), 2e-6, 1e-5);
  }
}

TEST(phases_may_run_in_any_order) {
  Random random(6);
  const Problem p(random, 5, 67, 33);
  const auto by_cg = cg(p, settings(3)), by_cholesky = exact(p, settings(0)).x;
  cuda::backwards() = true;
  CHECK_CLOSE(cg(p, settings(3)), doubles(by_cg), 0, 0);
  CHECK_CLOSE(exact(p, settings(0)).x, doubles(by_cholesky), 0, 0);
  cuda::backwards() = false;
}

TEST(rows_without_weights_become_zero) {
  Random random(7);
  const Problem p(random, 3, 9, 5, 0);
  CHECK_CLOSE(cg(p, settings(3)), std::vector<double>(15, 0.0), 0, 0);
  CHECK_CLOSE(exact(p, settings(3)).x, std::vector<double>(15, 0.0), 0, 0);
}

TEST(a_system_that_is_not_positive_definite_names_its_row) {
  Random random(8);
  Problem p(random, 4, 9, 3, 0.9);
  std::fill(p.y.begin(), p.y.end(), 0.0f);
  CHECK_EQUAL(exact(p, {0, 0, 1, 3, 0, 0}).first_bad, int64_t{0});
}

TEST(numbers_beyond_the_range_of_floats_become_nan) {
  Random random(9);
  const Problem p(random, 3, 9, 3, 1.1);
  cuda::AlsSettings s = settings(3);
  s.alpha = 1e38f;
  for (const float value : cg(p, s)) CHECK(!std::isfinite(value));
}
