#include <cmath>

#include "kindred/nn/sequences/recurrent.h"
#include "reference/nn/sequences/recurrent.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Of weights, as PyTorch draws them: greater ones would make errors grow from step to step.
double bound(int64_t dims) { return 1 / std::sqrt(static_cast<double>(dims)); }

struct Problem {
  std::vector<int32_t> offsets;
  int64_t tokens, count, dims, parts;
  Numbers inputs, weights, bias, initial, cells, dh, dc;
  bool plain, reverse;

  Problem(Random& random, const std::vector<int32_t>& lengths, int64_t dims, int64_t parts, bool plain, bool reverse)
      : offsets(offsets_of(lengths)),
        tokens(offsets.back()),
        count(static_cast<int64_t>(lengths.size())),
        dims(dims),
        parts(parts),
        inputs(random, tokens, parts * dims, -2, 2),
        weights(random, parts * dims, dims, -bound(dims), bound(dims)),
        bias(random, 1, parts * dims),
        initial(random, count, dims),
        cells(random, count, dims),
        dh(random, tokens, dims),
        dc(random, tokens, dims),
        plain(plain),
        reverse(reverse) {}

  nn::Recurrence of() const {
    return {{offsets.data(), count},
            weights.view(),
            plain ? nullptr : bias.data(),
            plain ? nullptr : initial.data(),
            reverse};
  }
  const float* first_cells() const { return plain ? nullptr : cells.data(); }
  reference::Recurrence same() const {
    if (plain) return {offsets, weights.table(), {}, {0, 0}, {0, 0}, reverse};
    return {offsets, weights.table(), doubles(bias.values), initial.table(), cells.table(), reverse};
  }
};

struct Gradients {
  Numbers inputs, weights, bias, initial, cells;
  explicit Gradients(const Problem& p)
      : inputs(p.tokens, p.parts * p.dims),
        weights(p.parts * p.dims, p.dims),
        bias(1, p.parts * p.dims),
        initial(p.count, p.dims),
        cells(p.count, p.dims) {}
  nn::RecurrenceGradient out() { return {inputs.view(), weights.view(), bias.data(), initial.view()}; }
};

void check_gradients(const Gradients& g, const reference::RecurrenceGradient& expected) {
  CHECK_CLOSE(g.inputs.values, expected.inputs.values, 1e-5, 1e-5);
  CHECK_CLOSE(g.weights.values, expected.weights.values, 2e-5, 1e-5);
  CHECK_CLOSE(g.bias.values, expected.bias, 2e-5, 1e-5);
  CHECK_CLOSE(g.initial.values, expected.initial.values, 1e-5, 1e-5);
}

void for_problems(int64_t parts, const std::function<void(const Problem&)>& check) {
  Random random(1);
  for (const auto& lengths : std::vector<std::vector<int32_t>>{
           {}, {0}, {1}, {0, 2, 0}, {3, 7, 0, 1, 7, 2}, {33}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 9, 8, 7, 6, 5, 4, 3}})
    for (const int64_t dims : {1, 3, 16, 33})
      for (const bool plain : {false, true})
        for (const bool reverse : {false, true}) check(Problem(random, lengths, dims, parts, plain, reverse));
}

}  // namespace

TEST(lstm_equals_the_reference) {
  GemmScratch scratch;
  for_problems(4, [&](const Problem& p) {
    Numbers h(p.tokens, p.dims), c(p.tokens, p.dims), gates(p.tokens, 4 * p.dims);
    nn::lstm(p.of(), p.inputs.view(), p.first_cells(), h.view(), c.view(), gates.view(), scratch, nullptr);
    const auto expected = reference::lstm(p.same(), p.inputs.table());
    CHECK_CLOSE(h.values, expected.h.values, 1e-5, 1e-5);
    CHECK_CLOSE(c.values, expected.c.values, 1e-5, 1e-5);
    const reference::Table none(0, 0);
    for (const int which : {1, 2, 3}) {  // gradients of states, of cells, of both
      const bool of_h = which & 1, of_c = which & 2;
      Gradients g(p);
      nn::lstm_gradient(p.of(), p.first_cells(), h.view(), c.view(), gates.view(), of_h ? p.dh.view() : ConstMatrix{},
                        of_c ? p.dc.view() : ConstMatrix{}, g.out(), g.cells.view(), scratch, nullptr);
      const auto gradient =
          reference::lstm_gradient(p.same(), p.inputs.table(), of_h ? p.dh.table() : none, of_c ? p.dc.table() : none);
      check_gradients(g, gradient);
      CHECK_CLOSE(g.cells.values, gradient.initial_cells.values, 1e-5, 1e-5);
    }
  });
}

TEST(gru_equals_the_reference) {
  GemmScratch scratch;
  for_problems(3, [&](const Problem& p) {
    Numbers h(p.tokens, p.dims), gates(p.tokens, 4 * p.dims);
    nn::gru(p.of(), p.inputs.view(), h.view(), gates.view(), scratch, nullptr);
    CHECK_CLOSE(h.values, reference::gru(p.same(), p.inputs.table()).values, 1e-5, 1e-5);
    Gradients g(p);
    nn::gru_gradient(p.of(), h.view(), gates.view(), p.dh.view(), g.out(), scratch, nullptr);
    check_gradients(g, reference::gru_gradient(p.same(), p.inputs.table(), p.dh.table()));
  });
}

TEST(gradients_equal_central_differences) {
  Random random(2);
  for (const bool reverse : {false, true}) {
    const Problem p(random, {3, 0, 2, 1}, 3, 4, false, reverse);
    reference::Recurrence of = p.same();
    reference::Table inputs = p.inputs.table();
    const auto loss = [&] {
      const auto [h, c] = reference::lstm(of, inputs);
      return inner(h.values, doubles(p.dh.values)) + inner(c.values, doubles(p.dc.values));
    };
    const auto g = reference::lstm_gradient(of, inputs, p.dh.table(), p.dc.table());
    CHECK_CLOSE(g.inputs.values, differences(inputs.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.weights.values, differences(of.weights.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.bias, differences(of.bias, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.initial.values, differences(of.initial.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.initial_cells.values, differences(of.initial_cells.values, loss), 1e-9, 1e-7);

    const Problem q(random, {3, 0, 2, 1}, 3, 3, false, reverse);
    reference::Recurrence other = q.same();
    reference::Table given = q.inputs.table();
    const auto of_gru = [&] { return inner(reference::gru(other, given).values, doubles(q.dh.values)); };
    const auto d = reference::gru_gradient(other, given, q.dh.table());
    CHECK_CLOSE(d.inputs.values, differences(given.values, of_gru), 1e-9, 1e-7);
    CHECK_CLOSE(d.weights.values, differences(other.weights.values, of_gru), 1e-9, 1e-7);
    CHECK_CLOSE(d.bias, differences(other.bias, of_gru), 1e-9, 1e-7);
    CHECK_CLOSE(d.initial.values, differences(other.initial.values, of_gru), 1e-9, 1e-7);
  }
}

TEST(what_is_not_finite_stays_within_its_sequence) {
  Random random(3);
  GemmScratch scratch;
  Problem p(random, {4, 3}, 5, 4, false, false);
  p.inputs.values[20] = NAN;  // token 1
  Numbers h(7, 5), c(7, 5), gates(7, 20);
  nn::lstm(p.of(), p.inputs.view(), p.first_cells(), h.view(), c.view(), gates.view(), scratch, nullptr);
  CHECK(std::isfinite(h.values[0]) && std::isnan(h.values[5]) && std::isnan(h.values[19]));
  for (int i = 20; i < 35; ++i) CHECK(std::isfinite(h.values[i]));
  CHECK_THROWS("ERR_SHAPE", "",
               nn::gru({{p.offsets.data(), 1}, p.weights.view(), nullptr, nullptr, false}, p.inputs.view(), h.view(),
                       gates.view(), scratch, nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  GemmScratch scratch;
  std::vector<int32_t> lengths;
  for (int n = 0; n < 61; ++n) lengths.push_back(static_cast<int32_t>(random.integer(0, 12)));
  const Problem p(random, lengths, 24, 4, false, true), q(random, lengths, 24, 3, false, false);
  CHECK_SAME_BITS(
      Numbers h(p.tokens, 24), c(p.tokens, 24), gates(p.tokens, 96), hq(p.tokens, 24), gatesq(p.tokens, 96);
      Gradients g(p), d(q);
      nn::lstm(p.of(), p.inputs.view(), p.first_cells(), h.view(), c.view(), gates.view(), scratch, nullptr);
      nn::lstm_gradient(p.of(), p.first_cells(), h.view(), c.view(), gates.view(), p.dh.view(), p.dc.view(), g.out(),
                        g.cells.view(), scratch, nullptr);
      nn::gru(q.of(), q.inputs.view(), hq.view(), gatesq.view(), scratch, nullptr);
      nn::gru_gradient(q.of(), hq.view(), gatesq.view(), q.dh.view(), d.out(), scratch, nullptr); return joined(
          {h, c, hq, g.inputs, g.weights, g.bias, g.initial, g.cells, d.inputs, d.weights, d.bias, d.initial}));
}
