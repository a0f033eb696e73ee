#include "kindred/als/als.h"

#include <algorithm>
#include <cmath>

#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "reference/als/als.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

AlsOptions options(AlsSolver solver, double regularization = 2, float alpha = 3) {
  AlsOptions o;
  o.regularization = regularization;
  o.alpha = alpha;
  o.solver = solver;
  return o;
}

// Sparse weights, some of them zero or negative, some rows empty; factors from which the sweeps start.
struct Problem {
  Csr Cui;
  Padded X, Y;

  Problem(Random& random, int64_t users, int64_t items, int64_t factors, double density = 0.2)
      : Cui(signed_csr(random, users, items, density)),
        X(users, factors, 0, random.floats(users * factors, -0.5, 0.5)),
        Y(items, factors, 0, random.floats(items * factors, -0.5, 0.5)) {
    for (int64_t u = 1; u < users; u += 5) empty_row(u);
  }

  void empty_row(int64_t u) {
    const int32_t begin = Cui.indptr[u], count = Cui.indptr[u + 1] - begin;
    Cui.indices.erase(Cui.indices.begin() + begin, Cui.indices.begin() + begin + count);
    Cui.values.erase(Cui.values.begin() + begin, Cui.values.begin() + begin + count);
    for (size_t r = u + 1; r < Cui.indptr.size(); ++r) Cui.indptr[r] -= count;
  }

  ConstMatrix x() const { return X.view(); }
  ConstMatrix y() const { return Y.view(); }

  void sweep(const AlsOptions& o, const AbortFlag* abort = nullptr) {
    als_half_sweep(Cui.view(), y(), gram(y(), nullptr), X.view(), o, abort);
  }

  double loss(const AlsOptions& o) const { return als_loss(Cui.view(), x(), y(), o, nullptr); }
};

constexpr AlsSolver kSolvers[] = {AlsSolver::conjugate_gradient, AlsSolver::cholesky, AlsSolver::block};

// Conjugate gradients read factors rounded to bfloat16.
constexpr double kRounding = 0.01;

// The tolerances of a solver against the reference.
void check_solution(const Problem& p, const std::vector<double>& expected, AlsSolver solver) {
  const bool exact = solver != AlsSolver::conjugate_gradient;
  CHECK_CLOSE(p.X.values(), expected, exact ? 1e-5 : kRounding, exact ? 1e-4 : kRounding);
}

// A half-sweep by conjugate gradients or Cholesky gives what the reference gives.
void check_half_sweep(Problem& p, const AlsOptions& o) {
  const auto expected = o.solver == AlsSolver::cholesky
                            ? reference::als_exact(p.Cui.view(), p.y(), o)
                            : reference::als_conjugate_gradient(p.Cui.view(), p.y(), p.x(), o);
  p.sweep(o);
  check_solution(p, expected, o.solver);
}

constexpr int64_t kFactors[] = {1, 2, 3, 31, 33, 64, 65, 130};

}  // namespace

TEST(cholesky_equals_the_exact_solution) {
  Random random(1);
  for (const int64_t factors : kFactors) {
    Problem p(random, 17, 67, factors);
    const auto o = options(AlsSolver::cholesky);
    const auto expected = reference::als_exact(p.Cui.view(), p.y(), o);
    p.sweep(o);
    CHECK_CLOSE(p.X.values(), expected, 2e-6, 1e-5);
  }
}

TEST(conjugate_gradients_equal_the_reference_step_by_step) {
  Random random(2);
  for (const int64_t factors : kFactors)
    for (const int steps : {0, 1, 2, 3, 5}) {
      Problem p(random, 17, 67, factors);
      auto o = options(AlsSolver::conjugate_gradient);
      o.cg_steps = steps;
      check_half_sweep(p, o);
    }
}

TEST(blocks_equal_the_reference) {
  Random random(16);
  for (const int64_t factors : {1, 16, 33, 65})
    for (const int block : {16, 32, 128}) {
      Problem p(random, 130, 67, factors, 0.4);
      auto o = options(AlsSolver::block);
      o.block_size = block;
      const SymmetricEigen eigen = symmetric_eigen(gram(p.y(), nullptr).data(), factors, nullptr);
      const auto expected = reference::als_blocks(p.Cui.view(), p.y(), p.x(), o, eigen.vectors, block);
      p.sweep(o);
      check_solution(p, expected, o.solver);
    }
}

TEST(many_conjugate_gradient_steps_reach_the_exact_solution) {
  Random random(3);
  for (const int64_t factors : {1, 3, 33, 65}) {
    Problem p(random, 17, 67, factors);
    auto o = options(AlsSolver::conjugate_gradient);
    const auto expected = reference::als_exact(p.Cui.view(), p.y(), o);
    o.cg_steps = 200;
    p.sweep(o);
    check_solution(p, expected, o.solver);
    const double reached = p.loss(o);
    p.sweep(options(AlsSolver::cholesky));
    CHECK(reached <= p.loss(o) * (1 + 1e-5));
  }
}

TEST(a_start_at_the_solution_stays_there) {
  Random random(4);
  Problem p(random, 17, 67, 33);
  p.sweep(options(AlsSolver::cholesky));
  const auto exact = p.X.values();
  p.sweep(options(AlsSolver::conjugate_gradient));
  check_solution(p, doubles(exact), AlsSolver::conjugate_gradient);
}

TEST(rows_without_weights_become_zero) {
  Random random(5);
  for (const AlsSolver solver : kSolvers) {
    Problem p(random, 11, 40, 33);
    p.sweep(options(solver));
    const auto values = p.X.values();
    for (const int64_t u : {1, 6})
      for (int64_t f = 0; f < 33; ++f) CHECK_EQUAL(values[u * 33 + f], 0.0f);
  }
}

TEST(awkward_shapes) {
  Random random(6);
  for (const AlsSolver solver : {AlsSolver::conjugate_gradient, AlsSolver::cholesky})
    for (const int64_t users : {0, 1, 2, 129})
      for (const int64_t items : {0, 1, 3, 65}) {
        Problem p(random, users, items, 5, 0.5);
        check_half_sweep(p, options(solver));
      }
}

TEST(negative_weights_are_confident_dislikes) {
  // One user, one factor: (sum_i c_i y_i^2 + regularization) x = sum over likes of c_i y_i, c = 1 + 3 |w|.
  Random random(7);
  for (const AlsSolver solver : {AlsSolver::conjugate_gradient, AlsSolver::cholesky}) {
    Problem p(random, 1, 3, 1, 0);
    p.Cui.indptr = {0, 2};
    p.Cui.indices = {0, 1};
    p.Cui.values = {2, -4};
    p.Y = Padded(3, 1, 0, {1, 0.5, 2});
    p.sweep(options(solver, 0.25));
    CHECK_CLOSE(p.X.values(), (std::vector<double>{7 / (7 + 13 * 0.25 + 4 + 0.25)}), 1e-6, kRounding);
  }
}

TEST(unobserved_weight_and_scaled_regularisation_equal_the_reference) {
  Random random(14);
  for (const AlsSolver solver : {AlsSolver::conjugate_gradient, AlsSolver::cholesky})
    for (const double exponent : {0.0, 0.5, 1.0})
      for (const double unobserved : {0.1, 2.0})
        for (const int64_t factors : {3, 33}) {
          Problem p(random, 170, 67, factors);
          AlsOptions o = options(solver, 0.3);
          o.regularization_exponent = exponent;
          o.unobserved_weight = unobserved;
          CHECK_CLOSE((std::vector<double>{p.loss(o)}),
                      (std::vector<double>{reference::als_loss(p.Cui.view(), p.x(), p.y(), o)}), 1e-6, 1e-6);
          check_half_sweep(p, o);
        }
}

// Rows shorter and longer than the factors, and longer than the panel that is gathered at once.
TEST(long_rows_equal_the_reference) {
  Random random(15);
  for (const AlsSolver solver : {AlsSolver::conjugate_gradient, AlsSolver::cholesky})
    for (const double density : {0.002, 0.99}) {
      Problem p(random, 3, 18000, 63, density);
      check_half_sweep(p, options(solver));
    }
}

TEST(loss_equals_the_sum_over_all_pairs) {
  Random random(8);
  for (const int64_t factors : kFactors)
    for (const int64_t users : {0, 1, 33, 131}) {
      const Problem p(random, users, 67, factors);
      const auto o = options(AlsSolver::cholesky);
      CHECK_CLOSE((std::vector<double>{p.loss(o)}),
                  (std::vector<double>{reference::als_loss(p.Cui.view(), p.x(), p.y(), o)}), 1e-6, 1e-6);
    }
}

TEST(every_half_sweep_lowers_the_loss) {
  Random random(9);
  for (const AlsSolver solver : kSolvers) {
    Problem by_user(random, 130, 67, 33);
    for (float& w : by_user.Cui.values) w = std::fabs(w) + 0.5f;
    const Csr Ciu = transpose(by_user.Cui.view(), nullptr);
    auto o = options(solver);
    o.block_size = 16;
    double last = by_user.loss(o);
    for (int iteration = 0; iteration < 6; ++iteration) {
      by_user.sweep(o);
      const double after_users = by_user.loss(o);
      CHECK(after_users <= last * (1 + 1e-9));
      als_half_sweep(Ciu.view(), by_user.x(), gram(by_user.x(), nullptr), by_user.Y.view(), o, nullptr);
      last = by_user.loss(o);
      CHECK(last <= after_users * (1 + 1e-9));
    }
    const std::vector<double> from_items{als_loss(Ciu.view(), by_user.y(), by_user.x(), o, nullptr)};
    CHECK_CLOSE(from_items, (std::vector<double>{last}), 0, 1e-9);
  }
}

TEST(shapes_that_do_not_fit_are_refused) {
  Random random(13);
  const auto o = options(AlsSolver::conjugate_gradient);
  const auto refused = [&](auto change) {
    Problem p(random, 5, 7, 3);
    change(p);
    CHECK_THROWS("ERR_SHAPE", "expected", p.sweep(o));
    CHECK_THROWS("ERR_SHAPE", "expected", p.loss(o));
  };
  refused([](Problem& p) { p.X = Padded(4, 3, 0, std::vector<float>(12)); });
  refused([](Problem& p) { p.Y = Padded(8, 3, 0, std::vector<float>(24)); });
  refused([](Problem& p) { p.Y = Padded(7, 2, 0, std::vector<float>(14)); });
  refused([](Problem& p) { p.X = Padded(5, 3, 1, std::vector<float>(15)); });
  const Csr nothing = random_csr(random, 0, 0, 0.5);
  CHECK_THROWS("ERR_SHAPE", "factor", als_half_sweep(nothing.view(), {nullptr, 0, 0}, {}, {nullptr, 0, 0}, o, nullptr));
  Problem p(random, 5, 7, 3);
  AlsOptions empty_block = o;
  empty_block.solver = AlsSolver::block;
  empty_block.block_size = 0;
  CHECK_THROWS("ERR_VALUE", "blockSize",
               als_half_sweep(p.Cui.view(), p.y(), std::vector<double>(9), p.X.view(), empty_block, nullptr));
  CHECK_THROWS("ERR_SHAPE", "Gram", als_half_sweep(p.Cui.view(), p.y(), {1, 2}, p.X.view(), o, nullptr));
}

TEST(a_system_that_is_not_positive_definite_names_its_row) {
  Random random(10);
  Problem p(random, 4, 9, 3, 0.9);
  p.empty_row(0);
  p.Y = Padded(9, 3, 0, std::vector<float>(27, 0.0f));
  CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", "row 2", p.sweep(options(AlsSolver::cholesky, 0)));
}

TEST(weights_beyond_the_range_of_floats_do_not_pass_the_start_for_a_solution) {
  Random random(11);
  Problem p(random, 6, 9, 3, 0.9);
  for (double alpha : {1e20, 1e30, 1e38}) {
    AlsOptions o = options(AlsSolver::conjugate_gradient, 1);
    o.alpha = static_cast<float>(alpha);
    Problem q = p;
    q.sweep(o);
    CHECK(!std::isfinite(q.X.view().row(0)[0]));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(11);
  const Problem p(random, 131, 67, 33);
  for (const AlsSolver solver : kSolvers) {
    CHECK_SAME_BITS(Problem copy = p; copy.sweep(options(solver)); return doubles(copy.X.values()));
    CHECK_SAME_BITS(return {p.loss(options(solver))});
  }
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(12);
  Problem p(random, 5, 5, 3, 0.9);
  for (const AlsSolver solver : kSolvers) CHECK_THROWS("ERR_ABORTED", "aborted", p.sweep(options(solver), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", als_loss(p.Cui.view(), p.x(), p.y(), options(AlsSolver::cholesky), &abort));
}
