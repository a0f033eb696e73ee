#include "kindred/linear/ftrl.h"

#include <cmath>
#include <limits>

#include "reference/linear/ftrl.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Rows of entries, some of them without any and some with one cell twice.
struct Data {
  Data(Random& random, int64_t rows, int64_t cells, int64_t most, bool has_values) {
    offsets.push_back(0);
    for (int64_t r = 0; r < rows; ++r) {
      const auto count = static_cast<int64_t>(random.uniform(0, static_cast<double>(most) + 0.999));
      for (int64_t e = 0; e < count; ++e) {
        indices.push_back(static_cast<int32_t>(random.uniform(0, static_cast<double>(cells) - 0.001)));
        if (has_values) values.push_back(static_cast<float>(random.uniform(-1, 2)));
      }
      offsets.push_back(static_cast<int32_t>(indices.size()));
      labels.push_back(random.uniform(0, 1) < 0.3 ? 1.0f : 0.0f);
    }
    // an empty list has no memory
    indices.reserve(1);
  }
  FtrlRows rows() const {
    return {static_cast<int64_t>(labels.size()), offsets.data(), indices.data(),
            values.empty() ? nullptr : values.data()};
  }
  std::vector<int32_t> offsets, indices;
  std::vector<float> values, labels;
};

}  // namespace

TEST(learns_and_predicts_as_the_reference_does) {
  Random random(1);
  for (const int64_t dims : {0, 1, 3, 8, 17})
    for (const int64_t rows : {0, 1, 31, 257})
      for (const bool has_values : {false, true}) {
        const int64_t cells = 40;
        const Data data(random, rows, cells, 9, has_values);
        const FtrlSettings settings{0.2f, 1, 0.3f, 0.1f};
        std::vector<float> weights(2 * (cells + 1), 0.0f), factors;
        for (int64_t i = 0; i < cells; ++i) {
          for (int64_t f = 0; f < dims; ++f) factors.push_back(static_cast<float>(random.uniform(-0.5, 0.5)));
          factors.insert(factors.end(), dims, 0.0f);
        }
        reference::Ftrl expected{{weights.begin(), weights.end()}, {factors.begin(), factors.end()}};
        FtrlState state{cells, dims, weights.data(), factors.data()};
        const double loss = ftrl_learn(data.rows(), data.labels.data(), state, settings, nullptr);
        const double wanted = reference::ftrl_learn(data.rows(), data.labels.data(), dims, settings, expected);
        CHECK(std::fabs(loss - wanted) <= 1e-4 * (1 + wanted));
        CHECK_CLOSE(weights, expected.weights, 2e-4, 2e-4);
        CHECK_CLOSE(factors, expected.factors, 2e-4, 2e-4);
        std::vector<float> out(rows);
        ftrl_predict(data.rows(), state, settings, out.data(), nullptr);
        CHECK_CLOSE(out, reference::ftrl_predict(data.rows(), dims, settings, expected), 1e-4, 1e-4);
      }
}

TEST(learns_from_rows_of_any_length_as_the_reference_does) {
  Random random(2);
  for (const int64_t most : {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 65}) {
    const int64_t cells = 1000, rows = 100;
    const Data data(random, rows, cells, most, true);
    const FtrlSettings settings{0.1f, 0, 0.05f, 0.2f};
    std::vector<float> weights(2 * (cells + 1), 0.0f);
    reference::Ftrl expected{{weights.begin(), weights.end()}, {}};
    FtrlState state{cells, 0, weights.data(), nullptr};
    const double loss = ftrl_learn(data.rows(), data.labels.data(), state, settings, nullptr);
    const double wanted = reference::ftrl_learn(data.rows(), data.labels.data(), 0, settings, expected);
    CHECK(std::fabs(loss - wanted) <= 1e-4 * (1 + wanted));
    CHECK_CLOSE(weights, expected.weights, 2e-4, 2e-4);
  }
}

TEST(what_was_learnt_is_taken_over_at_some_places_or_at_all) {
  Random random(3);
  for (const int64_t dims : {0, 3}) {
    const int64_t cells = 50;
    std::vector<float> weights(2 * (cells + 1)), factors(2 * cells * dims);
    for (float& value : weights) value = static_cast<float>(random.uniform(0, 1));
    for (float& value : factors) value = static_cast<float>(random.uniform(0, 1));
    const FtrlState from{cells, dims, weights.data(), factors.data()};
    std::vector<float> own(weights.size(), -1.0f), own_factors(factors.size(), -1.0f);
    FtrlState state{cells, dims, own.data(), own_factors.data()};
    const std::vector<int32_t> some = {7, 0, 7, 49};
    ftrl_follow(from, some.data(), 4, state, nullptr);
    for (int64_t cell = 0; cell <= cells; ++cell) {
      const bool is_taken = cell == 0 || cell == 7 || cell == 49 || cell == cells;
      CHECK_EQUAL(own[2 * cell], is_taken ? weights[2 * cell] : -1.0f);
      CHECK_EQUAL(own[2 * cell + 1], is_taken ? weights[2 * cell + 1] : -1.0f);
      for (int64_t f = 0; f < 2 * dims && cell < cells; ++f)
        CHECK_EQUAL(own_factors[2 * dims * cell + f], is_taken ? factors[2 * dims * cell + f] : -1.0f);
    }
    ftrl_follow(from, nullptr, 0, state, nullptr);
    CHECK(own == weights);
    CHECK(own_factors == factors);
    const int32_t beyond = cells;
    CHECK_THROWS("ERR_SHAPE", "below 50", ftrl_follow(from, &beyond, 1, state, nullptr));
  }
}

TEST(sparse_features_have_the_places_of_their_hashes) {
  Random random(4);
  for (const int64_t most : {0, 1, 5, 16, 33, 70}) {
    const Data data(random, 37, 1 << 30, most, true);
    const int64_t rows = 37, cells = 1 << 10, between = 3;
    const FtrlFeatures features{rows, data.offsets.data(), data.indices.data(), data.values.data(), 0xdeadbeef, 5,
                                cells};
    // Each row has entries of another field before and after its own.
    std::vector<int32_t> next(rows);
    int64_t length = 0, empty = 0, unseen = 0;
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t count = data.offsets[r + 1] - data.offsets[r];
      next[r] = static_cast<int32_t>(length + between);
      length += std::max<int64_t>(1, count) + 2 * between;
      empty += count == 0;
    }
    std::vector<float> weights(2 * (cells + 1), 0.0f), out(length, -1.0f);
    for (int64_t cell = 0; cell < cells; cell += 2) weights[2 * cell + 1] = 1;
    std::vector<int32_t> places(length, -1), expected = places;
    std::vector<float> values = out;
    for (int64_t r = 0; r < rows; ++r) {
      int64_t at = next[r];
      if (data.offsets[r] == data.offsets[r + 1]) expected[at] = 5, values[at] = 1;
      for (int64_t e = data.offsets[r]; e < data.offsets[r + 1]; ++e, ++at) {
        expected[at] = reference::ftrl_cell(data.indices[e], 0xdeadbeef, cells);
        values[at] = data.values[e];
        unseen += expected[at] % 2;
      }
    }
    std::vector<int32_t> moved = next;
    const FtrlMet met = ftrl_hash(features, weights.data(), moved.data(), length, places.data(), out.data(), nullptr);
    CHECK(places == expected);
    CHECK(out == values);
    CHECK_EQUAL(met.missing, empty);
    CHECK_EQUAL(met.unseen, unseen);
    CHECK_EQUAL(met.wrong, int64_t{-1});
    for (int64_t r = 0; r < rows; ++r)
      CHECK_EQUAL(moved[r], next[r] + std::max(1, data.offsets[r + 1] - data.offsets[r]));
    moved = next;
    CHECK_THROWS("ERR_SHAPE", "room",
                 ftrl_hash(features, nullptr, moved.data(), length - between - 1, places.data(), nullptr, nullptr));
  }
}

TEST(hashed_rows_are_those_of_their_cells) {
  Random random(5);
  const Data data(random, 300, 1 << 30, 40, true);
  std::vector<int32_t> cells;
  for (const int32_t index : data.indices) cells.push_back(reference::ftrl_cell(index, 77, 256));
  FtrlRows hashed = data.rows(), plain = data.rows();
  hashed.is_hashed = true;
  hashed.salt = 77;
  plain.cells = cells.data();
  for (const int64_t dims : {0, 3}) {
    std::vector<float> first(2 * 257, 0.0f), factors(2 * 256 * dims);
    for (float& value : factors) value = static_cast<float>(random.uniform(-0.5, 0.5));
    for (size_t i = 0; i < factors.size(); ++i)
      if (i / std::max<int64_t>(dims, 1) % 2 == 1) factors[i] = 0;
    std::vector<float> second = first, second_factors = factors;
    FtrlState one{256, dims, first.data(), factors.data()}, other{256, dims, second.data(), second_factors.data()};
    CHECK_EQUAL(ftrl_learn(hashed, data.labels.data(), one, {}, nullptr),
                ftrl_learn(plain, data.labels.data(), other, {}, nullptr));
    CHECK(first == second);
    CHECK(factors == second_factors);
    std::vector<float> out(300), expected(300);
    ftrl_predict(hashed, one, {}, out.data(), nullptr);
    ftrl_predict(plain, other, {}, expected.data(), nullptr);
    CHECK(out == expected);
  }
  std::vector<float> weights(2 * 4, 0.0f);
  FtrlState three{3, 0, weights.data(), nullptr};
  CHECK_THROWS("ERR_SHAPE", "power of 2", ftrl_learn(hashed, data.labels.data(), three, {}, nullptr));
}

TEST(the_first_row_with_a_value_that_is_not_finite_is_told) {
  const std::vector<int32_t> offsets = {0, 1, 3, 4}, indices = {1, 2, 3, 4};
  std::vector<float> values = {1, 2, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()};
  const FtrlFeatures features{3, offsets.data(), indices.data(), values.data(), 1, 0, 8};
  std::vector<int32_t> next = {0, 1, 3}, cells(4);
  CHECK_EQUAL(ftrl_hash(features, nullptr, next.data(), 4, cells.data(), nullptr, nullptr).wrong, int64_t{1});
}

TEST(small_sums_of_gradients_are_weights_of_0) {
  std::vector<float> weights = {0.5f, 4, -1.5f, 4, 1, 4, 0, 0};
  const FtrlState state{3, 0, weights.data(), nullptr};
  const std::vector<int32_t> offsets = {0, 1, 2, 3}, cells = {0, 1, 2};
  std::vector<float> out(3);
  ftrl_predict({3, offsets.data(), cells.data(), nullptr}, state, {0.5f, 1, 1, 0}, out.data(), nullptr);
  CHECK_EQUAL(out[0], 0.5f);
  CHECK_EQUAL(out[2], 0.5f);
  // -(-1.5 + 1) / ((1 + 2) / 0.5)
  CHECK(std::fabs(out[1] - 1 / (1 + std::exp(-0.5 / 6))) < 1e-6);
}

TEST(what_is_out_of_range_or_not_finite_is_refused) {
  std::vector<float> weights(2 * 4, 0.0f);
  FtrlState state{3, 0, weights.data(), nullptr};
  const float labels[] = {1};
  std::vector<int32_t> offsets = {0, 1}, cells = {3};
  std::vector<float> values = {1};
  const FtrlRows rows{1, offsets.data(), cells.data(), values.data()};
  CHECK_THROWS("ERR_SHAPE", "below 3", ftrl_learn(rows, labels, state, {}, nullptr));
  cells[0] = -1;
  CHECK_THROWS("ERR_SHAPE", "-1", ftrl_learn(rows, labels, state, {}, nullptr));
  cells[0] = 0;
  offsets[0] = 1;
  CHECK_THROWS("ERR_SHAPE", "first", ftrl_learn(rows, labels, state, {}, nullptr));
  offsets[0] = 0;
  weights[0] = 1;
  values[0] = std::numeric_limits<float>::infinity();
  CHECK_THROWS("ERR_NOT_FINITE", "row 0", ftrl_learn(rows, labels, state, {}, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", ftrl_learn(rows, labels, state, {}, &abort));
}
