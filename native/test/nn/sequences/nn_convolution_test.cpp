#include "kindred/nn/layers/linear.h"
#include "kindred/nn/sequences/windows.h"
#include "reference/nn/sequences/convolution.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

TEST(windows_times_weights_are_the_convolution) {
  Random random(1);
  GemmScratch scratch;
  for (const auto& lengths : std::vector<std::vector<int32_t>>{{}, {0}, {1}, {2, 0, 7, 1}, {33, 31}})
    for (const int64_t width : {1, 2, 3, 4, 5, 9, 40})
      for (const int64_t in : {1, 3, 17}) {
        const auto offsets = offsets_of(lengths);
        const nn::Sequences sequences{offsets.data(), static_cast<int64_t>(lengths.size())};
        const int64_t tokens = offsets.back(), out = 5;
        const Numbers x(random, tokens, in), w(random, out, in * width), bias(random, 1, out), dy(random, tokens, out);
        Numbers windows(tokens, in * width), y(tokens, out), dw(out, in * width), dwindows(tokens, in * width),
            dx(tokens, in);
        nn::sequence_windows(x.view(), sequences, width, windows.view(), nullptr);
        nn::linear(windows.view(), w.view(), bias.data(), y.view(), scratch, nullptr);
        CHECK_CLOSE(y.values,
                    reference::sequence_convolution(x.table(), offsets, w.table(), doubles(bias.values), width).values,
                    2e-5, 1e-5);
        nn::linear_weight_gradient(dy.view(), windows.view(), dw.view(), scratch, nullptr);
        nn::linear_input_gradient(dy.view(), w.view(), dwindows.view(), scratch, nullptr);
        nn::sequence_windows_gradient(dwindows.view(), sequences, width, dx.view(), nullptr);
        const auto g = reference::sequence_convolution_gradient(x.table(), offsets, w.table(), width, dy.table());
        CHECK_CLOSE(dx.values, g.x.values, 3e-5, 1e-5);
        CHECK_CLOSE(dw.values, g.weights.values, 2e-5, 1e-5);
      }
}

TEST(gradients_equal_central_differences) {
  Random random(2);
  const auto offsets = offsets_of({3, 0, 4});
  for (const int64_t width : {2, 3, 6}) {
    reference::Table x = table(random, 7, 2), w = table(random, 3, 2 * width);
    const reference::Table dy = table(random, 7, 3);
    reference::Doubles bias = table(random, 1, 3).values;
    const auto loss = [&] {
      return inner(reference::sequence_convolution(x, offsets, w, bias, width).values, dy.values);
    };
    const auto g = reference::sequence_convolution_gradient(x, offsets, w, width, dy);
    CHECK_CLOSE(g.x.values, differences(x.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.weights.values, differences(w.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(g.bias, differences(bias, loss), 1e-9, 1e-7);
  }
}

TEST(offsets_that_do_not_fit_are_refused) {
  const int32_t offsets[] = {0, 2};
  Numbers x(3, 2), out(3, 6);
  CHECK_THROWS("ERR_SHAPE", "", nn::sequence_windows(x.view(), {offsets, 1}, 3, out.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "", nn::sequence_windows_gradient(out.view(), {offsets, 1}, 3, x.view(), nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  std::vector<int32_t> lengths;
  for (int n = 0; n < 40; ++n) lengths.push_back(static_cast<int32_t>(random.integer(0, 12)));
  const auto offsets = offsets_of(lengths);
  const Numbers x(random, offsets.back(), 7), d(random, offsets.back(), 35);
  CHECK_SAME_BITS(Numbers windows(offsets.back(), 35), dx(offsets.back(), 7);
                  nn::sequence_windows(x.view(), {offsets.data(), 40}, 5, windows.view(), nullptr);
                  nn::sequence_windows_gradient(d.view(), {offsets.data(), 40}, 5, dx.view(), nullptr);
                  return joined({windows, dx}));
}
