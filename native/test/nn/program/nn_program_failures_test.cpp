// Runs that fail or are aborted leave the buffers as they were.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <thread>

#include "kindred/nn/program.h"
#include "test/harness/test.h"
#include "test/nn/program/programs.h"

using namespace kindred;
using namespace kindred::test;

TEST(what_fails_leaves_the_buffers_as_they_were) {
  TrainingStep training;
  const nn::Program program(training.b.spec);
  training.run(program, {0, 3, 3}, {1, 0, 2});
  auto before = training.state();
  const auto unchanged = [&](const char* code, const char* part, const std::function<void()>& run) {
    CHECK_THROWS(code, part, run());
    CHECK(training.state() == before);
  };
  const AbortFlag abort{true};
  unchanged("ERR_ABORTED", "aborted", [&] { training.run(program, {0}, {0}, 0.1f, 1, &abort); });
  unchanged("ERR_VALUE", "ids[1]", [&] { training.run(program, {0, 6}, {0, 0}); });
  unchanged("ERR_VALUE", "ids[0]", [&] { training.run(program, {-1, 0}, {0, 0}); });
  unchanged("ERR_VALUE", "labels[1]", [&] { training.run(program, {0, 1}, {0, 3}); });
  unchanged("ERR_SHAPE", "input 1", [&] { training.run(program, {0, 1}, {0}); });
  unchanged("ERR_VALUE", "rate", [&] { training.run(program, {0}, {0}, NAN); });
  unchanged("ERR_VALUE", "rate", [&] { training.run(program, {0}, {0}, INFINITY); });
  unchanged("ERR_VALUE", "rate", [&] { training.run(program, {0}, {0}, -0.1f); });
  for (const int32_t step : {0, -1, INT32_MIN})
    unchanged("ERR_VALUE", "step", [&] { training.run(program, {0}, {0}, 0.1f, step); });
  auto weights = before[3];
  weights[2] = NAN;
  training.buffers.write(3, weights.data(), static_cast<int64_t>(weights.size()));
  CHECK_THROWS("ERR_NOT_FINITE", "", training.run(program, {0}, {0}));
  CHECK(std::isnan(training.state()[3][2]));
  CHECK(training.state()[0] == before[0] && training.state()[4] == before[4]);
}

TEST(a_gradient_that_is_not_finite_changes_nothing) {
  for (const float bad : {NAN, INFINITY, 1e30f})
    for (const int which : {0, 1}) {  // the first step of two is fine
      nn::Buffers buffers;
      Builder b;
      const int32_t rate = b.input(2, {fixed(1)}), step = b.ids(3, {fixed(1)}), one = b.temporary({});
      b.op("fill", {}, {one}, {1});
      for (int32_t n = 0; n < 2; ++n) {
        const int32_t gradient = b.input(n, {fixed(40)});
        std::vector<int32_t> out;
        for (int32_t kind = 0; kind < 3; ++kind)
          out.push_back(b.buffer(static_cast<int32_t>(buffers.add(40)), {fixed(40)}));
        b.op("adamw", {gradient, rate, one, step}, out, {0.1, 1e-8, 0.9, 0.9});
      }
      const nn::Program program(b.spec);
      std::vector<float> gradients[2] = {std::vector<float>(40, 1.0f), std::vector<float>(40, 1.0f)}, rates{0.1f};
      std::vector<int32_t> steps{1};
      gradients[which][33] = bad;
      const auto run = [&] {
        program.run(buffers, {}, {slot(gradients[0]), slot(gradients[1]), slot(rates), slot(steps)}, {}, nullptr);
      };
      CHECK_THROWS("ERR_NOT_FINITE", "gradient", run());
      for (int64_t n = 0; n < 6; ++n) CHECK(read(buffers, n, 40) == std::vector<float>(40, 0.0f));
      gradients[which][33] = 1;
      run();
      CHECK(read(buffers, 0, 40) != std::vector<float>(40, 0.0f));
    }
  Builder b;
  const int32_t factor = b.temporary({}), norm = b.temporary({});
  b.op("clip_factor", {b.input(0, {fixed(3)})}, {factor, norm}, {2});
  b.spec.outputs = {factor, norm};
  const nn::Program program(b.spec);
  nn::Buffers buffers;
  std::vector<float> out(1), length(1);
  const auto clip = [&](std::vector<float> x) {
    program.run(buffers, {}, {slot(x)}, {slot(out), slot(length)}, nullptr);
  };
  clip({0, 3, 4});
  CHECK_EQUAL(out[0], 0.4f);
  CHECK_EQUAL(length[0], 5.0f);
  clip({0, 0, 1});
  CHECK_EQUAL(out[0], 1.0f);
  clip({3e25f, 0, 4e25f});  // whose squares no float holds
  CHECK(std::fabs(length[0] / 5e25f - 1) < 1e-6f && std::fabs(out[0] / 4e-26f - 1) < 1e-6f);
  for (const float bad : {NAN, INFINITY}) CHECK_THROWS("ERR_NOT_FINITE", "norm", clip({0, bad, 1}));
}

TEST(rows_that_are_named_twice_or_lie_outside_change_nothing) {
  for (const std::vector<int32_t>& rows : {std::vector<int32_t>{1, 1}, {2, 0}, {0, 3}, {-2, 1}, {1, INT32_MAX}}) {
    nn::Buffers buffers;
    Builder b;
    const int32_t gradient = b.input(0, {fixed(2), fixed(4)}), rate = b.input(1, {fixed(1)}),
                  step = b.ids(2, {fixed(1)}), ids = b.ids(3, {fixed(2)});
    std::vector<int32_t> out;
    for (int n = 0; n < 3; ++n) out.push_back(b.buffer(static_cast<int32_t>(buffers.add(12)), {fixed(3), fixed(4)}));
    b.op("adamw_rows", {ids, gradient, rate, rate, step}, out, {0.1, 1e-8, 0.9, 0.9});
    const nn::Program program(b.spec);
    std::vector<float> gradients(8, 1.0f), rates{0.1f};
    std::vector<int32_t> steps{1}, given = rows;
    CHECK_THROWS("ERR_VALUE", "ascend",
                 program.run(buffers, {}, {slot(gradients), slot(rates), slot(steps), slot(given)}, {}, nullptr));
    CHECK(read(buffers, 0, 12) == std::vector<float>(12, 0.0f));
  }
}

TEST(an_abort_within_a_run_leaves_the_buffers_as_they_were) {
  TrainingStep training;
  const nn::Program program(training.b.spec);
  std::vector<int32_t> ids(200000), labels(200000);
  for (int32_t n = 0; n < 200000; ++n) {
    ids[n] = n % 6;
    labels[n] = n % 3;
  }
  for (int n = 0; n < 8; ++n) {
    const auto before = training.state();
    AbortFlag abort{false};
    std::thread raiser([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(n));
      abort = true;
    });
    bool stopped = false;
    try {
      training.run(program, ids, labels, 0.1f, 1, &abort);
    } catch (const Error& error) {
      CHECK_EQUAL(std::string(error.code()), std::string("ERR_ABORTED"));
      stopped = true;
    }
    raiser.join();
    CHECK_EQUAL(training.state() == before, stopped);
  }
}
