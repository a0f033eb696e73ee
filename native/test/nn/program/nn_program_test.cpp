#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "kindred/nn/program.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/nn/program/programs.h"

using namespace kindred;
using namespace kindred::test;

TEST(training_lowers_the_loss_for_batches_of_any_size) {
  TrainingStep training;
  const nn::Program program(training.b.spec);
  std::vector<float> first, last;
  Random random(1);
  for (int32_t step = 1; step <= 60; ++step) {
    const int64_t n = step % 20 + 1;
    std::vector<int32_t> ids, labels;
    for (int64_t i = 0; i < n; ++i) {
      ids.push_back(static_cast<int32_t>(random.integer(0, 5)));
      labels.push_back(ids.back() % 3);
    }
    const float loss = training.run(program, ids, labels, 0.05f, step);
    (step <= 10 ? first : last).push_back(loss);
  }
  CHECK(first.front() > 1 && last.back() < 0.2f);
  const auto before = training.state();
  CHECK_EQUAL(training.run(program, {}, {}), 0.0f);  // of no rows: the weights decay alone
  CHECK(training.state() != before);
}

TEST(buffers_are_written_last_wherever_steps_stand) {
  TrainingStep training;
  // Reads the weights, and may fail, after the steps in the list: it sees what was there before the run.
  auto& b = training.b;
  const int32_t ids = b.ids(4, {fixed(1)}), row = b.temporary({fixed(1), fixed(TrainingStep::kDims)});
  b.op("gather_rows", {0, ids}, {row});
  b.spec.outputs.push_back(row);
  const nn::Program program(b.spec);
  const auto before = training.state();
  std::vector<int32_t> given{1}, labels{2}, step{1}, id{6};
  std::vector<float> rate{0.1f}, loss(1), out(TrainingStep::kDims);
  const auto run = [&] {
    program.run(training.buffers, {1}, {slot(given), slot(labels), slot(rate), slot(step), slot(id)},
                {slot(loss), slot(out)}, nullptr);
  };
  CHECK_THROWS("ERR_VALUE", "ids[0]", run());
  CHECK(training.state() == before);
  id[0] = 1;
  run();
  CHECK(std::equal(out.begin(), out.end(), before[0].begin() + TrainingStep::kDims));
  CHECK(training.state() != before);
}

TEST(readers_run_together_and_a_writer_alone) {
  TrainingStep training;
  const nn::Program step(training.b.spec);
  // The sum of the weights' mean and a copy of it that a reader sees: a writer in between would make them differ.
  Builder b;
  const std::vector<Dim> shape{fixed(TrainingStep::kClasses), fixed(TrainingStep::kDims)};
  const int32_t w = b.buffer(3, shape), first = b.temporary(shape), second = b.temporary(shape),
                big = b.input(0, {fixed(50000)}), slow = b.temporary({fixed(50000)});
  b.op("scale", {w}, {first}, {1});
  b.op("activation", {big}, {slow}, {1});
  b.op("scale", {w}, {second}, {1});
  b.spec.outputs = {first, second};
  const nn::Program reader(b.spec);
  std::vector<std::thread> threads;
  std::atomic<int> torn{0};
  for (int n = 0; n < 3; ++n)
    threads.emplace_back([&] {
      std::vector<float> x(50000, 0.5f), a(15), c(15);
      for (int i = 0; i < 30; ++i) {
        reader.run(training.buffers, {}, {slot(x)}, {slot(a), slot(c)}, nullptr);
        if (a != c) ++torn;
      }
    });
  for (int n = 0; n < 2; ++n)
    threads.emplace_back([&] {
      for (int32_t i = 1; i <= 30; ++i) training.run(step, {0, 1, 2, 3}, {0, 1, 2, 0}, 0.01f, i);
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 30; ++i) {
      training.buffers.add(10);
      training.buffers.bytes();
      read(training.buffers, 0, 30);
    }
  });
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(torn.load(), 0);
}

TEST(the_first_tensor_that_is_not_finite_is_found) {
  // x -> scaled -> grown, which is infinite for great x; w is a buffer.
  Builder b;
  const int32_t x = b.input(0, {fixed(2)}), w = b.buffer(0, {fixed(2)}), scaled = b.temporary({fixed(2)}),
                grown = b.temporary({fixed(2)}), sum = b.temporary({fixed(2)}), rate = b.input(1, {fixed(1)}),
                step = b.ids(2, {fixed(1)});
  b.op("scale", {x}, {scaled}, {1});
  b.op("scale", {scaled}, {grown}, {1e30});
  b.op("add", {grown, w}, {sum});
  b.op("check_finite", {sum}, {});
  b.op("sgd", {sum, rate, rate, step}, {b.buffer(1, {fixed(2)})}, {0});
  b.spec.outputs = {sum};
  const nn::Program program(b.spec);
  nn::Buffers buffers;
  for (int n = 0; n < 2; ++n) buffers.add(2);
  std::vector<float> values{1, 1}, rates{1}, out(2);
  std::vector<int32_t> steps{1};
  const auto found = [&] {
    return program.find_not_finite(buffers, {}, {slot(values), slot(rates), slot(steps)}, nullptr);
  };
  CHECK_EQUAL(found(), -1);
  values[1] = 1e20f;
  CHECK_THROWS("ERR_NOT_FINITE", "",
               program.run(buffers, {}, {slot(values), slot(rates), slot(steps)}, {slot(out)}, nullptr));
  CHECK_EQUAL(found(), grown);
  values[0] = NAN;
  CHECK_EQUAL(found(), x);
  values = {1, 1};
  std::vector<float> bad{0, -INFINITY};
  buffers.write(0, bad.data(), 2);
  CHECK_EQUAL(found(), w);
  CHECK(read(buffers, 1, 2) == (std::vector<float>{0, 0}));  // nothing was changed
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "",
               program.find_not_finite(buffers, {}, {slot(values), slot(rates), slot(steps)}, &abort));
  CHECK_THROWS("ERR_SHAPE", "input 2", program.find_not_finite(buffers, {}, {slot(values), slot(rates)}, nullptr));
}

TEST(buffers_change_places) {
  nn::Buffers buffers;
  for (const int64_t size : {2, 2, 3, 3}) {
    const int64_t n = buffers.add(size);
    std::vector<float> values(size, static_cast<float>(n));
    buffers.write(n, values.data(), size);
  }
  buffers.exchange({0, 3}, {1, 2});
  CHECK(read(buffers, 0, 2)[0] == 1 && read(buffers, 1, 2)[0] == 0);
  CHECK(read(buffers, 2, 3)[0] == 3 && read(buffers, 3, 3)[0] == 2);
  CHECK_THROWS("ERR_SHAPE", "both sides", buffers.exchange({0}, {}));
  CHECK_THROWS("ERR_SHAPE", "different", buffers.exchange({0}, {0}));
  CHECK_THROWS("ERR_SHAPE", "different", buffers.exchange({0, 0}, {1, 1}));
  CHECK_THROWS("ERR_SHAPE", "", buffers.exchange({0}, {2}));
  for (const int64_t none : {-1, 4}) CHECK_THROWS("ERR_SHAPE", "there is none", buffers.exchange({0}, {none}));
  CHECK(read(buffers, 0, 2)[0] == 1);
}

TEST(sums_of_gradients_are_added_to_and_cleared) {
  Builder b;
  const std::vector<Dim> shape{fixed(3), fixed(2)};
  const int32_t ids = b.ids(0, {fixed(2)}), values = b.input(1, {fixed(2), fixed(2)}), share = b.input(2, {fixed(1)}),
                whole = b.input(3, shape), keep = b.input(4, {fixed(1)});
  const int32_t rows = b.buffer(0, shape), all = b.buffer(1, shape);
  b.op("add_to_rows", {ids, values, share}, {rows});
  b.op("blend", {whole, keep, share}, {all});
  const nn::Program adding(b.spec);
  Builder c;
  c.op("clear_rows", {c.ids(0, {fixed(2)})}, {c.buffer(0, shape)});
  const nn::Program clearing(c.spec);
  nn::Buffers buffers;
  for (int n = 0; n < 2; ++n) buffers.add(6);
  std::vector<int32_t> own{0, 2};
  std::vector<float> x{1, 2, 3, 4}, y{1, 1, 1, 1, 1, 2}, half{0.5f}, one{1}, huge{INFINITY};
  for (int n = 0; n < 2; ++n)
    adding.run(buffers, {}, {slot(own), slot(x), slot(half), slot(y), slot(one)}, {}, nullptr);
  CHECK(read(buffers, 0, 6) == (std::vector<float>{1, 2, 0, 0, 3, 4}));
  CHECK(read(buffers, 1, 6) == (std::vector<float>{1, 1, 1, 1, 1, 2}));
  std::vector<float> none{0};
  own = {-1, 1};
  adding.run(buffers, {}, {slot(own), slot(x), slot(half), slot(y), slot(none)}, {}, nullptr);
  CHECK(read(buffers, 0, 6) == (std::vector<float>{1, 2, 1.5f, 2, 3, 4}));
  CHECK(read(buffers, 1, 6) == (std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1}));
  for (const std::vector<int32_t>& bad : {std::vector<int32_t>{1, 0}, {0, 0}, {0, 3}, {-2, 0}}) {
    own = bad;
    CHECK_THROWS("ERR_VALUE", "add_to_rows",
                 adding.run(buffers, {}, {slot(own), slot(x), slot(half), slot(y), slot(one)}, {}, nullptr));
  }
  own = {0, 2};
  CHECK_THROWS("ERR_VALUE", "factor",
               adding.run(buffers, {}, {slot(own), slot(x), slot(huge), slot(y), slot(one)}, {}, nullptr));
  own = {2, -1};
  clearing.run(buffers, {}, {slot(own)}, {}, nullptr);
  CHECK(read(buffers, 0, 6) == (std::vector<float>{1, 2, 1.5f, 2, 0, 0}));
  own = {3, 0};
  CHECK_THROWS("ERR_VALUE", "clear_rows", clearing.run(buffers, {}, {slot(own)}, {}, nullptr));
  CHECK(read(buffers, 0, 6) == (std::vector<float>{1, 2, 1.5f, 2, 0, 0}));
}

TEST(an_array_may_be_input_and_output) {
  Builder b;
  const int32_t x = b.input(0, {fixed(5)}), y = b.temporary({fixed(5)});
  b.op("scale", {x}, {y}, {2});
  b.spec.outputs = {y, x};
  const nn::Program program(b.spec);
  nn::Buffers buffers;
  std::vector<float> values{1, 2, 3, 4, 5}, same(5);
  program.run(buffers, {}, {slot(values)}, {slot(same), slot(values)}, nullptr);
  CHECK(same == (std::vector<float>{2, 4, 6, 8, 10}));
}

TEST(the_same_bits_for_any_number_of_threads) {
  CHECK_SAME_BITS(
      TrainingStep training; const nn::Program program(training.b.spec); std::vector<double> losses;
      std::vector<int32_t> ids(500), labels(500); for (int32_t n = 0; n < 500; ++n) {
        ids[n] = n * 7 % 6;
        labels[n] = n * 5 % 3;
      } for (int32_t step = 1; step < 5; ++step) losses.push_back(training.run(program, ids, labels, 0.1f, step));
      for (const auto& values
           : training.state()) losses.insert(losses.end(), values.begin(), values.end());
      return losses);
}
