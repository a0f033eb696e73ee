#include <cmath>

#include "kindred/nn/layers/gather.h"
#include "kindred/nn/layers/vectors.h"
#include "reference/nn/layers/rows.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<int32_t> random_ids(Random& random, int64_t n, int64_t low, int64_t high) {
  std::vector<int32_t> ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(random.integer(low, high));
  return ids;
}

nn::Sequences sequences(const std::vector<int32_t>& offsets) {
  return {offsets.data(), static_cast<int64_t>(offsets.size()) - 1};
}

constexpr int64_t kWidths[] = {0, 1, 3, 4, 5, 15, 16, 17, 33, 129};

}  // namespace

TEST(rows_taken_and_put_back_equal_the_reference) {
  Random random(1);
  for (const int64_t dims : kWidths)
    for (const int64_t n : {0, 1, 2, 65, 200})
      for (const int64_t rows : {1, 7, 1000}) {
        const Numbers weights(random, rows, dims), dy(random, n, dims);
        const auto ids = random_ids(random, n, 0, rows - 1), some = random_ids(random, n, -1, rows - 1);
        Numbers out(n, dims), scattered(rows, dims), sums(n, dims);
        nn::gather_rows(weights.view(), ids.data(), out.view(), nullptr);
        CHECK_CLOSE(out.values, reference::gather_rows(weights.table(), ids).values, 0, 0);
        nn::scatter_rows(dy.view(), some.data(), scattered.view(), nullptr);
        CHECK_CLOSE(scattered.values, reference::scatter_rows(dy.table(), some, rows).values, 3e-5, 1e-5);
        std::vector<int32_t> found(n, 7);
        nn::sum_by_row(dy.view(), ids.data(), found.data(), sums.view(), nullptr);
        const auto expected = reference::sum_by_row(dy.table(), ids);
        CHECK(found == expected.rows);
        CHECK_CLOSE(sums.values, expected.sums.values, 3e-5, 1e-5);
      }
}

TEST(ids_outside_a_table_are_refused_before_anything_is_written) {
  Random random(2);
  const Numbers weights(random, 5, 3), dy(random, 4, 3);
  for (const int32_t bad : {-2, -1, 5, INT32_MAX, INT32_MIN}) {
    const std::vector<int32_t> ids{0, 4, 1, bad};
    Numbers out(4, 3), scattered(5, 3), sums(4, 3);
    std::vector<int32_t> rows(4, 7);
    CHECK_THROWS("ERR_VALUE", "ids[3]", nn::gather_rows(weights.view(), ids.data(), out.view(), nullptr));
    CHECK(out.values == std::vector<float>(12, 7.0f));
    if (bad != -1) {
      CHECK_THROWS("ERR_VALUE", "ids[3]", nn::scatter_rows(dy.view(), ids.data(), scattered.view(), nullptr));
      CHECK(scattered.values == std::vector<float>(15, 7.0f));
    }
    if (bad < 0)
      CHECK_THROWS("ERR_VALUE", "ids[3]", nn::sum_by_row(dy.view(), ids.data(), rows.data(), sums.view(), nullptr));
  }
}

TEST(means_of_sequences_equal_the_reference) {
  Random random(3);
  for (const int64_t dims : kWidths)
    for (const auto& lengths : std::vector<std::vector<int32_t>>{{}, {0}, {0, 0, 3}, {1, 5, 0, 130, 2}}) {
      const auto offsets = offsets_of(lengths);
      const Numbers x(random, offsets.back(), dims), dy(random, static_cast<int64_t>(lengths.size()), dims);
      Numbers out(dy.rows, dims), dx(x.rows, dims);
      nn::sequence_mean(x.view(), sequences(offsets), out.view(), nullptr);
      CHECK_CLOSE(out.values, reference::sequence_mean(x.table(), offsets).values, 1e-6, 1e-5);
      nn::sequence_mean_gradient(dy.view(), sequences(offsets), dx.view(), nullptr);
      CHECK_CLOSE(dx.values, reference::sequence_mean_gradient(dy.table(), offsets).values, 1e-7, 1e-6);
    }
  Numbers x(random, 4, 2), out(2, 2);
  for (const std::vector<int32_t>& offsets : {std::vector<int32_t>{0, 5, 4}, {0, 2, 5}, {1, 2, 4}, {0, -3, 4}}) {
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_mean(x.view(), sequences(offsets), out.view(), nullptr));
    CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_mean_gradient(out.view(), sequences(offsets), x.view(), nullptr));
  }
}

TEST(vectors_equal_the_reference) {
  Random random(4);
  for (const int64_t dims : kWidths)
    for (const int64_t rows : {0, 1, 33}) {
      Numbers x(random, rows, dims), b(random, rows, dims), factors(random, 1, rows), dy(random, rows, dims);
      if (rows == 33) std::fill_n(x.values.begin() + 4 * dims, dims, 0.0f);
      Numbers y(rows, dims), norms(1, rows), dx(rows, dims), dots(1, rows), scaled(rows, dims);
      nn::unit_rows(x.view(), y.view(), norms.data(), nullptr);
      CHECK_CLOSE(y.values, reference::unit_rows(x.table()).values, 1e-6, 1e-6);
      CHECK_CLOSE(norms.values, reference::row_norms(x.table()), 1e-6, 1e-6);
      nn::unit_rows_gradient(y.view(), norms.data(), dy.view(), dx.view(), nullptr);
      // A single dimension has the gradient 0, of which rounding errors over the norm are left.
      if (dims != 1) CHECK_CLOSE(dx.values, reference::unit_rows_gradient(x.table(), dy.table()).values, 2e-5, 1e-5);
      nn::row_dots(x.view(), b.view(), dots.data(), nullptr);
      CHECK_CLOSE(dots.values, reference::row_dots(x.table(), b.table()), 1e-5, 1e-5);
      nn::scale_rows(x.view(), factors.data(), scaled.view(), nullptr);
      CHECK_CLOSE(scaled.values, reference::scale_rows(x.table(), doubles(factors.values)).values, 0, 1e-6);
    }
}

TEST(unit_rows_of_lengths_whose_squares_no_float_holds) {
  for (const float size : {1e-36f, 1e-25f, 1e-16f, 1e16f, 1e25f, 1e38f}) {
    Numbers x(1, 21), y(1, 21);
    for (int64_t c = 0; c < 21; ++c) x.values[c] = size * static_cast<float>(c % 5 - 2);
    float norm = 0;
    nn::unit_rows(x.view(), y.view(), &norm, nullptr);
    CHECK_CLOSE(y.values, reference::unit_rows(x.table()).values, 1e-6, 1e-6);
    const double expected = reference::row_norms(x.table())[0];
    CHECK(expected > 3.4e38 ? std::isinf(norm) : std::fabs(norm / expected - 1) < 1e-6);
  }
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    Numbers x(1, 21), y(1, 21);
    x.values[3] = bad;
    float norm = 0;
    nn::unit_rows(x.view(), y.view(), &norm, nullptr);
    for (const float value : y.values) CHECK(std::isnan(value));
  }
}

TEST(gradients_equal_central_differences) {
  Random random(5);
  reference::Table x = table(random, 4, 6), b = table(random, 4, 6), dy = table(random, 4, 6);
  const auto unit = [&] { return inner(reference::unit_rows(x).values, dy.values); };
  CHECK_CLOSE(reference::unit_rows_gradient(x, dy).values, differences(x.values, unit), 1e-8, 1e-7);
  const std::vector<int32_t> ids{3, 0, 3, 1}, offsets{0, 3, 3, 4};
  const auto gathered = [&] { return inner(reference::gather_rows(x, ids).values, dy.values); };
  CHECK_CLOSE(reference::scatter_rows(dy, ids, 4).values, differences(x.values, gathered), 1e-9, 1e-7);
  const reference::Table of_means = table(random, 3, 6);
  const auto means = [&] { return inner(reference::sequence_mean(x, offsets).values, of_means.values); };
  CHECK_CLOSE(reference::sequence_mean_gradient(of_means, offsets).values, differences(x.values, means), 1e-9, 1e-7);
  const reference::Doubles of_dots = table(random, 1, 4).values;
  const auto dots = [&] { return inner(reference::row_dots(x, b), of_dots); };
  CHECK_CLOSE(reference::scale_rows(b, of_dots).values, differences(x.values, dots), 1e-9, 1e-7);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers weights(random, 50, 17), dy(random, 900, 17);
  const auto ids = random_ids(random, 900, 0, 49);
  const auto offsets = offsets_of({300, 0, 77, 523});
  CHECK_SAME_BITS(Numbers out(900, 17), scattered(50, 17), sums(900, 17), means(4, 17), dx(900, 17), y(900, 17),
                  norms(1, 900), dz(900, 17);
                  std::vector<int32_t> rows(900); nn::gather_rows(weights.view(), ids.data(), out.view(), nullptr);
                  nn::scatter_rows(dy.view(), ids.data(), scattered.view(), nullptr);
                  nn::sum_by_row(dy.view(), ids.data(), rows.data(), sums.view(), nullptr);
                  nn::sequence_mean(dy.view(), sequences(offsets), means.view(), nullptr);
                  nn::sequence_mean_gradient(means.view(), sequences(offsets), dx.view(), nullptr);
                  nn::unit_rows(dy.view(), y.view(), norms.data(), nullptr);
                  nn::unit_rows_gradient(y.view(), norms.data(), out.view(), dz.view(), nullptr);
                  return joined({out, scattered, sums, means, dx, y, norms, dz}));
}
