#include "kindred/als/als.h"
#include "kindred/linalg/normal_equations.h"
#include "reference/als/als.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr AlsSolver kSolvers[] = {AlsSolver::conjugate_gradient, AlsSolver::cholesky, AlsSolver::block};

struct Problem {
  Csr Cui;
  Padded X, Y, prior;

  Problem(Random& random, int64_t users, int64_t items, int64_t factors, double density)
      : Cui(signed_csr(random, users, items, density)),
        X(users, factors, 0, random.floats(users * factors, -0.5, 0.5)),
        Y(items, factors, 0, random.floats(items * factors, -0.5, 0.5)),
        prior(users, factors, 0, random.floats(users * factors, -0.3, 0.3)) {}

  std::vector<float> swept(const AlsOptions& o, bool with_prior = true) const {
    Padded x = X;
    const ConstMatrix mean = prior.view();
    als_half_sweep(Cui.view(), Y.view(), gram(Y.view(), nullptr), x.view(), o, nullptr, with_prior ? &mean : nullptr);
    return x.values();
  }
};

AlsOptions options(AlsSolver solver) {
  AlsOptions o;
  o.regularization = 2;
  o.alpha = 3;
  o.unobserved_weight = 0.7;
  o.solver = solver;
  o.cg_steps = 300;
  return o;
}

}  // namespace

// Long rows and short ones, few of them and many: every way a row is solved.
TEST(als_with_a_prior_equals_the_reference) {
  Random random(1);
  for (const int64_t factors : {1, 3, 33, 65})
    for (const int64_t users : {1, 130})
      for (const double density : {0.05, 0.6})
        for (const double exponent : {0.0, 0.5}) {
          const Problem p(random, users, 67, factors, density);
          for (const AlsSolver solver : kSolvers) {
            AlsOptions o = options(solver);
            o.regularization_exponent = exponent;
            const auto expected = reference::als_with_prior(p.Cui.view(), p.Y.view(), p.prior.view(), o);
            const double tolerance = solver == AlsSolver::conjugate_gradient ? 0.01 : 1e-4;
            CHECK_CLOSE(p.swept(o), expected, tolerance, tolerance);
          }
        }
}

TEST(als_in_double_with_a_prior_equals_the_reference) {
  Random random(2);
  Problem p(random, 40, 67, 5, 0.6);
  for (float& w : p.Cui.values) w *= 1e5f;  // beyond what single precision is trusted with
  const AlsOptions o = options(AlsSolver::cholesky);
  const auto expected = reference::als_with_prior(p.Cui.view(), p.Y.view(), p.prior.view(), o);
  CHECK_CLOSE(p.swept(o), expected, 1e-5, 1e-4);
}

TEST(als_rows_without_weights_become_their_prior) {
  Random random(3);
  Problem p(random, 7, 30, 33, 0);
  for (const AlsSolver solver : kSolvers) CHECK(p.swept(options(solver)) == p.prior.values());
}

TEST(als_with_a_prior_of_zeros_is_als_without) {
  Random random(4);
  Problem p(random, 31, 67, 33, 0.3);
  p.prior = Padded(31, 33, 0, std::vector<float>(31 * 33, 0.0f));
  for (const AlsSolver solver : kSolvers) {
    AlsOptions o = options(solver);
    o.cg_steps = 3;
    const auto without = p.swept(o, false);
    CHECK_CLOSE(p.swept(o), std::vector<double>(without.begin(), without.end()), 1e-6, 1e-5);
  }
}

TEST(als_gives_the_same_bits_for_any_number_of_threads_with_a_prior) {
  Random random(5);
  const Problem p(random, 131, 67, 33, 0.3);
  for (const AlsSolver solver : kSolvers)
    CHECK_SAME_BITS(const auto x = p.swept(options(solver)); return std::vector<double>(x.begin(), x.end()));
}

TEST(als_refuses_a_prior_of_another_shape) {
  Random random(6);
  Problem p(random, 5, 7, 3, 0.5);
  p.prior = Padded(5, 2, 0, std::vector<float>(10));
  CHECK_THROWS("ERR_SHAPE", "prior", p.swept(options(AlsSolver::cholesky)));
}
