#include "kindred/words/glove.h"

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/sgd_blocks.h"
#include "reference/words/words.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<int32_t> text_of(Random& random, int64_t size, int64_t words) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < size; ++i)
    tokens.push_back(random.integer(0, 9) == 0 ? -1 : static_cast<int32_t>(random.integer(0, words - 1)));
  return tokens;
}

std::vector<double> counts_of(const std::vector<int32_t>& tokens, int64_t words) {
  std::vector<double> counts(words, 0);
  for (const int32_t token : tokens)
    if (token >= 0) ++counts[token];
  return counts;
}

struct Model {
  int64_t words, width;
  std::vector<float> X, Y, x_bias, y_bias, X_squares, Y_squares, x_bias_squares, y_bias_squares;

  Model(Random& random, int64_t words, int64_t width)
      : words(words),
        width(width),
        X(random.floats(words * width, -0.5, 0.5)),
        Y(random.floats(words * width, -0.5, 0.5)),
        x_bias(random.floats(words)),
        y_bias(random.floats(words)),
        X_squares(words * width, 1),
        Y_squares(words * width, 1),
        x_bias_squares(words, 1),
        y_bias_squares(words, 1) {}
  GloveModel view() {
    return {{X.data(), words, width},
            {Y.data(), words, width},
            x_bias.data(),
            y_bias.data(),
            {X_squares.data(), words, width},
            {Y_squares.data(), words, width},
            x_bias_squares.data(),
            y_bias_squares.data()};
  }
  reference::GloveVectors doubled() const {
    return {doubles(X),
            doubles(Y),
            doubles(x_bias),
            doubles(y_bias),
            doubles(X_squares),
            doubles(Y_squares),
            doubles(x_bias_squares),
            doubles(y_bias_squares),
            width};
  }
  std::vector<double> all() const {
    std::vector<double> out = doubles(X);
    for (const auto* part : {&Y, &x_bias, &y_bias, &X_squares, &Y_squares})
      out.insert(out.end(), part->begin(), part->end());
    return out;
  }
};

}  // namespace

TEST(cooccurrences_equal_those_counted_pair_by_pair) {
  Random random(1);
  for (const int64_t size : kSizes)
    for (const auto& [words, window] : {std::pair<int64_t, int64_t>{1, 3}, {7, 1}, {33, 10}, {500, 5}, {40, 5000}}) {
      const std::vector<int32_t> tokens = text_of(random, size, words);
      const auto expected = reference::cooccurrences(tokens, window);
      const Csr met = cooccurrences(tokens.data(), size, counts_of(tokens, words).data(), words, window, nullptr);
      check_csr(met.view(), "met");
      CHECK_EQUAL(met.indices.size(), expected.size());
      std::vector<double> values;
      size_t n = 0;
      for (const auto& [pair, count] : expected) {
        while (n >= static_cast<size_t>(met.indptr[pair.first + 1])) break;
        values.push_back(count);
        CHECK_EQUAL(met.indices[n], pair.second);
        ++n;
      }
      CHECK_CLOSE(met.values, values, 1e-6, 1e-6);
    }
}

TEST(an_epoch_takes_every_pair_once_as_the_reference_does) {
  Random random(2);
  for (const auto& [words, width] : {std::pair<int64_t, int64_t>{1, 16}, {33, 16}, {300, 48}}) {
    const std::vector<int32_t> tokens = text_of(random, 3000, words);
    const Csr met = cooccurrences(tokens.data(), 3000, counts_of(tokens, words).data(), words, 5, nullptr);
    Model model(random, words, width);
    reference::GloveVectors expected = model.doubled();
    GloveOptions options;
    options.seed = 3;
    options.most = 4;
    SgdOptions of_blocks;
    of_blocks.seed = 3;
    const SgdBlocks<MetPair> blocks(
        met.view(), of_blocks, kSgdBlocks, nullptr, [](float) { return true; },
        [](int32_t row, int32_t column, float count) {
          return MetPair{row, column, count};
        });
    double loss = 0;
    int64_t steps = 0;
    blocks.for_cells(false, nullptr, [&](const SgdBlocks<MetPair>::Cell&) {});
    for (int64_t turn = 0; turn < blocks.cells(); ++turn)
      for (int64_t cell = 0; cell < blocks.cells(); ++cell) {
        if (blocks.turn_of(cell) != turn) continue;
        blocks.for_cells(true, nullptr, [&](const SgdBlocks<MetPair>::Cell& found) {
          if (found.index != cell) return;
          RandomStream stream(mix_seeds(mix_seeds(3, 0), cell));
          for (const int32_t n : stream.permutation(static_cast<int64_t>(found.entries.size()), nullptr)) {
            loss += reference::glove_step(expected, found.entries[n], options.learning_rate, 4, 0.75);
            ++steps;
          }
        });
      }
    const double received = glove_epoch(met.view(), model.view(), options, nullptr);
    CHECK_EQUAL(steps, static_cast<int64_t>(met.indices.size()));
    CHECK_CLOSE((std::vector<double>{received}), (std::vector<double>{loss}), 1e-4, 1e-4);
    CHECK_CLOSE(model.X, expected.X, 1e-3, 1e-3);
    CHECK_CLOSE(model.Y, expected.Y, 1e-3, 1e-3);
    CHECK_CLOSE(model.x_bias, expected.x_bias, 1e-3, 1e-3);
    CHECK_CLOSE(model.Y_squares, expected.Y_squares, 1e-3, 1e-3);
    CHECK_CLOSE(model.y_bias_squares, expected.y_bias_squares, 1e-3, 1e-3);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  CHECK_SAME_BITS({
    Random random(4);
    const std::vector<int32_t> tokens = text_of(random, 20000, 1000);
    const Csr met = cooccurrences(tokens.data(), 20000, counts_of(tokens, 1000).data(), 1000, 5, nullptr);
    Model model(random, 1000, 16);
    const double loss = glove_epoch(met.view(), model.view(), {}, nullptr);
    std::vector<double> out = model.all();
    out.push_back(loss);
    out.insert(out.end(), met.values.begin(), met.values.end());
    return out;
  });
}

TEST(what_does_not_fit_is_refused_and_an_abort_is_heard) {
  Random random(5);
  std::vector<int32_t> tokens = text_of(random, 100, 10);
  const std::vector<double> counts = counts_of(tokens, 10);
  const AbortFlag raised(true);
  CHECK_THROWS("ERR_ABORTED", "aborted", cooccurrences(tokens.data(), 100, counts.data(), 10, 5, &raised));
  const Csr met = cooccurrences(tokens.data(), 100, counts.data(), 10, 5, nullptr);
  Model model(random, 10, 16);
  CHECK_THROWS("ERR_ABORTED", "aborted", glove_epoch(met.view(), model.view(), {}, &raised));
  Model other(random, 9, 16);
  CHECK_THROWS("ERR_SHAPE", "multiple of 16", glove_epoch(met.view(), other.view(), {}, nullptr));
  tokens[50] = 10;
  CHECK_THROWS("ERR_VALUE", "tokens[50]", cooccurrences(tokens.data(), 100, counts.data(), 10, 5, nullptr));
}
