#include <chrono>
#include <cmath>
#include <thread>

#include "kindred/nn/sequences/rotary.h"
#include "kindred/nn/sequences/sequences.h"
#include "reference/nn/sequences/sequences.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

nn::Sequences sequences(const std::vector<int32_t>& offsets) {
  return {offsets.data(), static_cast<int64_t>(offsets.size()) - 1};
}

const std::vector<std::vector<int32_t>> kLengths{{}, {0}, {1}, {0, 0, 3}, {1, 5, 0, 130, 2}, {2, 3, 4, 5, 6, 7}};
constexpr int64_t kWidths[] = {0, 1, 3, 4, 5, 15, 16, 17, 33, 129};

}  // namespace

TEST(sums_and_greatest_numbers_equal_the_reference) {
  Random random(1);
  for (const int64_t dims : kWidths)
    for (const auto& lengths : kLengths) {
      const auto offsets = offsets_of(lengths);
      const int64_t tokens = offsets.back(), count = static_cast<int64_t>(lengths.size());
      Numbers x(random, tokens, dims);
      const Numbers dy(random, count, dims);
      for (float& value : x.values) value = std::round(4 * value);  // ties
      Numbers out(count, dims), dx(tokens, dims);
      nn::sequence_sum(x.view(), sequences(offsets), out.view(), nullptr);
      CHECK_CLOSE(out.values, reference::sequence_sum(x.table(), offsets).values, 1e-6, 1e-5);
      nn::sequence_sum_gradient(dy.view(), sequences(offsets), dx.view(), nullptr);
      CHECK_CLOSE(dx.values, reference::sequence_sum_gradient(dy.table(), offsets).values, 0, 0);
      std::vector<int32_t> places(count * dims, 7);
      nn::sequence_max(x.view(), sequences(offsets), out.view(), places.data(), nullptr);
      const auto expected = reference::sequence_max(x.table(), offsets);
      CHECK_CLOSE(out.values, expected.values.values, 0, 0);
      CHECK(places == expected.places);
      nn::sequence_max_gradient(dy.view(), places.data(), sequences(offsets), dx.view(), nullptr);
      CHECK_CLOSE(dx.values, reference::sequence_max_gradient(dy.table(), places, tokens).values, 0, 0);
    }
}

TEST(what_is_not_a_number_is_the_greatest) {
  const std::vector<int32_t> offsets{0, 3};
  Numbers x(3, 20), out(1, 20);
  for (int64_t c = 0; c < 20; ++c) {
    for (int64_t t = 0; t < 3; ++t) x.values[t * 20 + c] = static_cast<float>(t);
    x.values[c % 3 * 20 + c] = NAN;
  }
  std::vector<int32_t> places(20);
  nn::sequence_max(x.view(), sequences(offsets), out.view(), places.data(), nullptr);
  for (int64_t c = 0; c < 20; ++c) {
    CHECK(std::isnan(out.values[c]));
    CHECK_EQUAL(places[c], c % 3);
  }
}

TEST(softmax_and_weighted_sums_equal_the_reference) {
  Random random(2);
  for (const int64_t heads : {1, 2, 5})
    for (const int64_t slice : {0, 1, 3, 16, 33})
      for (const auto& lengths : kLengths) {
        const auto offsets = offsets_of(lengths);
        const int64_t tokens = offsets.back(), count = static_cast<int64_t>(lengths.size()), dims = heads * slice;
        const Numbers scores(random, tokens, heads, -9, 9), of_weights(random, tokens, heads), x(random, tokens, dims),
            dy(random, count, dims);
        Numbers weights(tokens, heads), dscores(tokens, heads), out(count, dims), dx(tokens, dims),
            dweights(tokens, heads);
        nn::sequence_softmax(scores.view(), sequences(offsets), weights.view(), nullptr);
        CHECK_CLOSE(weights.values, reference::sequence_softmax(scores.table(), offsets).values, 1e-7, 1e-5);
        nn::sequence_softmax_gradient(weights.view(), of_weights.view(), sequences(offsets), dscores.view(), nullptr);
        CHECK_CLOSE(dscores.values,
                    reference::sequence_softmax_gradient(scores.table(), of_weights.table(), offsets).values, 1e-6,
                    1e-5);
        nn::sequence_weighted_sum(x.view(), weights.view(), sequences(offsets), out.view(), nullptr);
        CHECK_CLOSE(out.values, reference::sequence_weighted_sum(x.table(), weights.table(), offsets).values, 1e-6,
                    1e-5);
        nn::sequence_weighted_sum_gradient(x.view(), weights.view(), sequences(offsets), dy.view(), dx.view(),
                                           dweights.view(), nullptr);
        const auto gradient =
            reference::sequence_weighted_sum_gradient(x.table(), weights.table(), offsets, dy.table());
        CHECK_CLOSE(dx.values, gradient.x.values, 1e-7, 1e-6);
        CHECK_CLOSE(dweights.values, gradient.weights.values, 2e-6, 1e-5);
      }
}

TEST(rotary_positions_equal_the_reference_and_are_undone) {
  Random random(3);
  for (const int64_t dims : {2, 6, 32, 34, 66})
    for (const int64_t heads : {0, 1, 3})
      for (const int64_t tokens : {0, 1, 40}) {
        std::vector<int32_t> positions;
        for (int64_t t = 0; t < tokens; ++t) positions.push_back(static_cast<int32_t>(t * 37 % 4000));
        const Numbers x(random, tokens, heads * dims);
        Numbers angles(tokens, dims), y(tokens, heads * dims), back(tokens, heads * dims);
        nn::rotary_angles(positions.data(), 10000, angles.view(), nullptr);
        nn::rotary(x.view(), angles.view(), false, y.view(), nullptr);
        CHECK_CLOSE(y.values, reference::rotary(x.table(), positions, dims, 10000, false).values, 3e-7, 3e-7);
        nn::rotary(x.view(), angles.view(), true, back.view(), nullptr);
        CHECK_CLOSE(back.values, reference::rotary(x.table(), positions, dims, 10000, true).values, 3e-7, 3e-7);
        nn::rotary(y.view(), angles.view(), true, back.view(), nullptr);
        CHECK_CLOSE(back.values, x.values, 4e-7, 4e-7);
      }
  Numbers x(2, 6), odd(2, 3), angles(2, 4), none(2, 0);
  const int32_t positions[] = {0, 1};
  CHECK_THROWS("ERR_SHAPE", "even", nn::rotary_angles(positions, 10000, odd.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "even", nn::rotary_angles(positions, 10000, none.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "even", nn::rotary(x.view(), odd.view(), false, x.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "multiple", nn::rotary(x.view(), angles.view(), false, x.view(), nullptr));
}

TEST(reference_gradients_equal_central_differences) {
  Random random(4);
  const std::vector<int32_t> offsets = offsets_of({3, 0, 4, 1});
  reference::Table x = table(random, 8, 6), weights = table(random, 8, 3);
  const reference::Table dy = table(random, 4, 6), of_weights = table(random, 8, 3), of_x = table(random, 8, 6);
  const auto check = [&](const reference::Table& gradient, reference::Table& of,
                         const std::function<reference::Table()>& forward, const reference::Table& by) {
    CHECK_CLOSE(gradient.values, differences(of.values, [&] { return inner(forward().values, by.values); }), 1e-9,
                1e-7);
  };
  check(
      reference::sequence_sum_gradient(dy, offsets), x, [&] { return reference::sequence_sum(x, offsets); }, dy);
  const auto places = reference::sequence_max(x, offsets).places;
  check(
      reference::sequence_max_gradient(dy, places, 8), x, [&] { return reference::sequence_max(x, offsets).values; },
      dy);
  check(
      reference::sequence_softmax_gradient(weights, of_weights, offsets), weights,
      [&] { return reference::sequence_softmax(weights, offsets); }, of_weights);
  const auto gradient = reference::sequence_weighted_sum_gradient(x, weights, offsets, dy);
  const auto weighted = [&] { return reference::sequence_weighted_sum(x, weights, offsets); };
  check(gradient.x, x, weighted, dy);
  check(gradient.weights, weights, weighted, dy);
  const std::vector<int32_t> positions{0, 1, 2, 0, 1, 2, 3, 0};
  check(
      reference::rotary(of_x, positions, 6, 100, true), x,
      [&] { return reference::rotary(x, positions, 6, 100, false); }, of_x);
}

TEST(refuses_what_does_not_fit) {
  Random random(5);
  const Numbers x(random, 4, 6), weights(random, 4, 4);
  Numbers out(2, 6), dx(4, 6), dweights(4, 4);
  std::vector<int32_t> places(12, 0);
  for (const std::vector<int32_t>& offsets : {std::vector<int32_t>{0, 5, 4}, {0, 2, 5}, {1, 2, 4}, {0, -3, 4}}) {
    const auto s = sequences(offsets);
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_sum(x.view(), s, out.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_sum_gradient(out.view(), s, dx.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_max(x.view(), s, out.view(), places.data(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_max_gradient(out.view(), places.data(), s, dx.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_softmax(x.view(), s, dx.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_softmax_gradient(x.view(), x.view(), s, dx.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_weighted_sum(x.view(), x.view(), s, out.view(), nullptr));
  }
  const std::vector<int32_t> offsets{0, 2, 4};
  CHECK_THROWS("ERR_SHAPE", "heads",
               nn::sequence_weighted_sum(x.view(), weights.view(), sequences(offsets), out.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "heads",
               nn::sequence_weighted_sum_gradient(x.view(), weights.view(), sequences(offsets), out.view(), dx.view(),
                                                  dweights.view(), nullptr));
  for (const int32_t bad : {-1, 2, 4, INT32_MAX, INT32_MIN}) {
    places[3] = bad;
    CHECK_THROWS("ERR_VALUE", "places",
                 nn::sequence_max_gradient(out.view(), places.data(), sequences(offsets), dx.view(), nullptr));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers x(random, 900, 24), scores(random, 900, 3);
  const auto offsets = offsets_of({300, 0, 77, 20, 3, 500});
  const auto s = sequences(offsets);
  CHECK_SAME_BITS(
      Numbers sums(6, 24), most(6, 24), weights(900, 3), out(6, 24), dx(900, 24), dweights(900, 3), dscores(900, 3);
      std::vector<int32_t> places(6 * 24); nn::sequence_sum(x.view(), s, sums.view(), nullptr);
      nn::sequence_max(x.view(), s, most.view(), places.data(), nullptr);
      nn::sequence_softmax(scores.view(), s, weights.view(), nullptr);
      nn::sequence_weighted_sum(x.view(), weights.view(), s, out.view(), nullptr);
      nn::sequence_weighted_sum_gradient(x.view(), weights.view(), s, out.view(), dx.view(), dweights.view(), nullptr);
      nn::sequence_softmax_gradient(weights.view(), dweights.view(), s, dscores.view(), nullptr);
      return joined({sums, most, weights, out, dx, dweights, dscores}));
}

TEST(a_long_sequence_hears_an_abort) {
  const AbortFlag abort{true};
  Numbers x(3, 4), out(1, 4);
  const std::vector<int32_t> offsets{0, 3};
  CHECK_THROWS("ERR_ABORTED", "aborted", nn::sequence_sum(x.view(), sequences(offsets), out.view(), &abort));
  // Raised while the only sequence is under way.
  AbortFlag later{false};
  Numbers many(2000000, 16), one(1, 16);
  const std::vector<int32_t> all{0, 2000000};
  std::thread raise([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    later = true;
  });
  std::vector<int32_t> places(16);
  CHECK_THROWS("ERR_ABORTED", "aborted", {
    for (int n = 0; n < 1000; ++n) nn::sequence_max(many.view(), sequences(all), one.view(), places.data(), &later);
  });
  raise.join();
}
