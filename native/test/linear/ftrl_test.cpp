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
