#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "kindred/nn/program.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/nn/programs.h"

using namespace kindred;
using namespace kindred::test;

namespace {

void refused(const char* code, const char* part, const std::function<void(Builder&)>& build) {
  Builder b;
  b.spec.symbols = 1;
  build(b);
  CHECK_THROWS(code, part, nn::Program{b.spec});
}

}  // namespace

TEST(malformed_programs_are_refused) {
  refused("ERR_VALUE", "no operation 'nothing'", [](Builder& b) { b.op("nothing", {}, {}); });
  refused("ERR_VALUE", "buffer holds floats", [](Builder& b) { b.tensor(Place::buffer, 0, {fixed(1)}, true); });
  refused("ERR_VALUE", "slot", [](Builder& b) { b.buffer(-1, {fixed(1)}); });
  refused("ERR_VALUE", "slot", [](Builder& b) { b.input(-1, {fixed(1)}); });
  refused("ERR_SHAPE", "two dimensions", [](Builder& b) { b.temporary({fixed(1), fixed(1), fixed(1)}); });
  for (const int32_t number : {-2, 1, INT32_MAX})
    refused("ERR_VALUE", "no such symbol", [&](Builder& b) { b.temporary({symbol(number)}); });
  for (const int32_t id : {-1, -2, 2, INT32_MAX, INT32_MIN}) {
    refused("ERR_VALUE", "", [&](Builder& b) {
      b.input(0, {fixed(1)});
      b.op("scale", {id}, {b.temporary({fixed(1)})}, {1});
    });
    refused("ERR_VALUE", "no tensor", [&](Builder& b) {
      b.temporary({fixed(1)});
      b.op("scale", {b.input(0, {fixed(1)})}, {id}, {1});
    });
    refused("ERR_VALUE", "no tensor", [&](Builder& b) {
      b.input(0, {fixed(1)});
      b.input(1, {fixed(1)});
      b.spec.outputs = {id};
    });
  }
  refused("ERR_VALUE", "before it is written", [](Builder& b) {
    const int32_t x = b.temporary({fixed(1)});
    b.op("scale", {x}, {b.temporary({fixed(1)})}, {1});
  });
  refused("ERR_VALUE", "before it is written", [](Builder& b) {
    const int32_t x = b.temporary({fixed(1)});
    b.op("scale", {x}, {x}, {1});
  });
  refused("ERR_VALUE", "before it is written", [](Builder& b) { b.spec.outputs = {b.temporary({fixed(1)})}; });
  refused("ERR_VALUE", "written twice", [](Builder& b) {
    const int32_t x = b.temporary({fixed(1)});
    b.op("fill", {}, {x}, {1});
    b.op("fill", {}, {x}, {2});
  });
  refused("ERR_VALUE", "written twice", [](Builder& b) {
    const int32_t x = b.input(0, {fixed(2), fixed(2)}), y = b.temporary({fixed(2), fixed(2)});
    b.op("unit_rows", {x}, {y, y});
  });
}

TEST(operands_of_the_wrong_kind_are_refused) {
  struct Operands {
    std::vector<int32_t> in, out;
  };
  // 0 floats, 1 integers, 2 temporary floats, 3 temporary integers, 4 a buffer
  for (const Operands& operands :
       {Operands{{}, {2}}, Operands{{0}, {}}, Operands{{0, 0}, {2}}, Operands{{1}, {2}}, Operands{{-1}, {2}},
        Operands{{0}, {3}}, Operands{{0}, {0}}, Operands{{0}, {4}}, Operands{{0}, {2, 3}}})
    refused("ERR_VALUE", "expected operands", [&](Builder& b) {
      b.input(0, {fixed(1)});
      b.ids(1, {fixed(1)});
      b.temporary({fixed(1)});
      b.temporary({fixed(1)}, true);
      b.buffer(0, {fixed(1)});
      b.op("scale", operands.in, operands.out, {1});
    });
  refused("ERR_VALUE", "expected operands", [](Builder& b) { b.op("add", {}, {b.temporary({})}); });
  refused("ERR_VALUE", "expected operands", [](Builder& b) {
    b.op("add", {b.input(0, {}), b.ids(1, {})}, {b.temporary({})});
  });
  refused("ERR_VALUE", "expected operands", [](Builder& b) {
    const int32_t x = b.input(0, {fixed(1)});
    b.op("linear", {x, -1, x}, {b.temporary({fixed(1)})});
  });
}

TEST(numbers_that_an_operation_has_no_meaning_for_are_refused) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const auto of = [](const char* name, std::vector<double> numbers) {
    refused("ERR_VALUE", name, [&](Builder& b) {
      const int32_t x = b.input(0, {fixed(2), fixed(2)}), i = b.ids(1, {fixed(2)});
      const auto out = [&] { return b.temporary({fixed(2), fixed(2)}); };
      const std::string op = name;
      if (op == "fill") b.op(op, {}, {out()}, numbers);
      if (op == "scale" || op == "activation") b.op(op, {x}, {out()}, numbers);
      if (op == "activation_gradient") b.op(op, {x, x}, {out()}, numbers);
      if (op == "layer_norm") b.op(op, {x, x, x}, {out(), out(), out()}, numbers);
      if (op == "attention") b.op(op, {x, x, x, i}, {out(), out()}, numbers);
      if (op == "attention_gradient") b.op(op, {x, x, x, i, x, x, x}, {out(), out(), out()}, numbers);
      if (op == "dropout") b.op(op, {x, i}, {out()}, numbers);
      if (op == "clip_factor") b.op(op, {x}, {out(), out()}, numbers);
      const auto buffer = [&](int32_t n) { return b.buffer(n, {fixed(2), fixed(2)}); };
      if (op == "adamw") b.op(op, {x, x, x, i}, {buffer(0), buffer(1), buffer(2)}, numbers);
      if (op == "adamw_rows") b.op(op, {i, x, x, x, i}, {buffer(0), buffer(1), buffer(2)}, numbers);
    });
  };
  for (const double bad : {nan, infinity, -infinity, 1e39}) {
    of("fill", {bad});
    of("scale", {bad});
    of("layer_norm", {bad});
    of("clip_factor", {bad});
    of("dropout", {bad, 0});
    of("dropout", {0.5, bad});
    of("activation", {bad});
    of("attention", {bad, 1, 0});
    of("attention", {1, bad, 0});
    of("attention", {1, 1, bad});
    for (size_t n = 0; n < 4; ++n) {
      std::vector<double> numbers{0.9, 0.9, 1e-8, 0};
      numbers[n] = bad;
      of("adamw", numbers);
      of("adamw_rows", numbers);
    }
  }
  for (const double kind : {-1.0, 0.5, 6.0, 1e9}) {
    of("activation", {kind});
    of("activation_gradient", {kind});
  }
  for (const double heads : {-1.0, 0.0, 1.5, 0x1p31, 1e300}) {
    of("attention", {heads, 1, 0});
    of("attention_gradient", {heads, 1, 0});
  }
  of("attention", {1, 1, 2});
  of("attention", {1, 1});
  of("attention", {1, 1, 0, 0});
  of("fill", {});
  of("layer_norm", {-1e-9});
  for (const double rate : {-0.1, 1.0, 0.99999999999}) of("dropout", {rate, 0});  // the last is 1 as a float
  for (const double number : {-1.0, 0.5}) of("dropout", {0.5, number});
  for (const double norm : {0.0, -1.0, 1e-40}) of("clip_factor", {norm});
  of("adamw", {1, 0.9, 1e-8, 0});
  of("adamw", {0.9, -0.1, 1e-8, 0});
  of("adamw", {0.9, 0.9, 0, 0});
  of("adamw", {0.9, 0.9, 1e-8, -1});
}

TEST(buffers_are_changed_by_steps_alone_and_each_once) {
  const auto step = [](Builder& b, int32_t gradient, std::vector<int32_t> slots) {
    std::vector<int32_t> out;
    for (const int32_t slot : slots) out.push_back(b.buffer(slot, {fixed(1)}));
    b.op("adamw", {gradient, b.input(1, {fixed(1)}), b.input(2, {fixed(1)}), b.ids(3, {fixed(1)})}, out, {0, 0, 1, 0});
  };
  for (const std::vector<int32_t>& slots : {std::vector<int32_t>{0, 0, 1}, {0, 1, 0}, {1, 0, 0}})
    refused("ERR_VALUE", "different buffers", [&](Builder& b) { step(b, b.input(0, {fixed(1)}), slots); });
  refused("ERR_VALUE", "none to read", [&](Builder& b) { step(b, b.buffer(0, {fixed(1)}), {0, 1, 2}); });
  refused("ERR_VALUE", "expected operands", [&](Builder& b) {
    const int32_t x = b.input(0, {fixed(1)});
    b.op("adamw", {x, x, x, b.ids(3, {fixed(1)})},
         {b.temporary({fixed(1)}), b.buffer(0, {fixed(1)}), b.buffer(1, {fixed(1)})}, {0, 0, 1, 0});
  });
}

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
        b.op("adamw", {gradient, rate, one, step}, out, {0.9, 0.9, 1e-8, 0.1});
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
    b.op("adamw_rows", {ids, gradient, rate, rate, step}, out, {0.9, 0.9, 1e-8, 0.1});
    const nn::Program program(b.spec);
    std::vector<float> gradients(8, 1.0f), rates{0.1f};
    std::vector<int32_t> steps{1}, given = rows;
    CHECK_THROWS("ERR_VALUE", "ascend",
                 program.run(buffers, {}, {slot(gradients), slot(rates), slot(steps), slot(given)}, {}, nullptr));
    CHECK(read(buffers, 0, 12) == std::vector<float>(12, 0.0f));
  }
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

TEST(arguments_of_a_run_must_fit) {
  Builder b;
  b.spec.symbols = 1;
  const int32_t x = b.input(0, {symbol(0), fixed(2)}), w = b.buffer(0, {fixed(3), fixed(2)}),
                y = b.temporary({symbol(0), fixed(3)});
  b.op("linear", {x, w, -1}, {y});
  b.spec.outputs = {y};
  const nn::Program program(b.spec);
  nn::Buffers buffers, other;
  buffers.add(6);
  other.add(5);
  std::vector<float> in(4), out(6), short_out(5), more(8);
  std::vector<int32_t> ints(4), out_ints(6);
  const auto run = [&](nn::Buffers& of, std::vector<int64_t> symbols, std::vector<nn::Slot> inputs,
                       std::vector<nn::Slot> outputs) { program.run(of, symbols, inputs, outputs, nullptr); };
  run(buffers, {2}, {slot(in)}, {slot(out)});
  CHECK_THROWS("ERR_SHAPE", "sizes", run(buffers, {}, {slot(in)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "sizes", run(buffers, {2, 2}, {slot(in)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "outputs", run(buffers, {2}, {slot(in)}, {}));
  CHECK_THROWS("ERR_SHAPE", "input 0 is missing", run(buffers, {2}, {}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "input 0", run(buffers, {2}, {slot(more)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "input 0", run(buffers, {2}, {slot(ints)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "output 0", run(buffers, {2}, {slot(in)}, {slot(short_out)}));
  CHECK_THROWS("ERR_SHAPE", "output 0", run(buffers, {2}, {slot(in)}, {slot(out_ints)}));
  CHECK_THROWS("ERR_SHAPE", "buffer 0", run(other, {2}, {slot(in)}, {slot(out)}));
  nn::Buffers none;
  CHECK_THROWS("ERR_SHAPE", "buffer 0 is missing", run(none, {2}, {slot(in)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "rows", run(buffers, {-1}, {slot(in)}, {slot(out)}));
  CHECK_THROWS("ERR_SHAPE", "too large", run(buffers, {int64_t{1} << 30}, {slot(in)}, {slot(out)}));
  run(buffers, {0}, {{nullptr, 0, false}}, {{nullptr, 0, false}});
  CHECK_THROWS("ERR_SHAPE", "buffer 1", buffers.read(1, out.data(), 6));
  CHECK_THROWS("ERR_SHAPE", "buffer 0", buffers.read(0, out.data(), 5));
  CHECK_THROWS("ERR_SHAPE", "buffer -1", buffers.write(-1, out.data(), 6));
  CHECK_EQUAL(buffers.bytes(), 24);
}

TEST(shapes_that_an_operation_cannot_have_are_refused) {
  const std::vector<Dim> m{fixed(4), fixed(6)}, n{fixed(4)}, d{fixed(6)}, wrong{fixed(5), fixed(7)}, one{},
      none{fixed(0)};
  using Shapes = std::vector<std::vector<Dim>>;
  struct Case {
    const char* name;
    const char* in;
    Shapes inputs, outputs;
    std::vector<double> numbers = {};
    const char* out = "fff";
  };
  const std::vector<Dim> offsets{fixed(3)}, means{fixed(2), fixed(6)}, square{fixed(6), fixed(6)},
      sums{fixed(4), fixed(2)};
  for (const Case& c : std::vector<Case>{
           {"linear", "fff", {m, square, d}, {m}},
           {"linear_input_gradient", "ff", {m, square}, {m}},
           {"linear_weight_gradient", "ff", {m, m}, {square}},
           {"column_sums", "f", {m}, {d}},
           {"add", "ff", {m, m}, {m}},
           {"scale", "f", {m}, {m}, {1}},
           {"activation", "f", {m}, {m}, {1}},
           {"activation_gradient", "ff", {m, m}, {m}, {1}},
           {"layer_norm", "fff", {m, d, d}, {m, n, n}, {1}},
           {"layer_norm_gradient", "fffff", {m, d, n, n, m}, {m, d, d}},
           {"attention", "fffi", {m, m, m, offsets}, {m, sums}, {2, 1, 0}},
           {"attention_gradient", "fffifff", {m, m, m, offsets, m, sums, m}, {m, m, m}, {2, 1, 0}},
           {"gather_rows", "fi", {square, n}, {m}},
           {"scatter_rows", "fi", {m, n}, {square}},
           {"sum_by_row", "fi", {m, n}, {n, m}, {}, "if"},
           {"sequence_mean", "fi", {m, offsets}, {means}},
           {"sequence_mean_gradient", "fi", {means, offsets}, {m}},
           {"sequence_starts", "i", {offsets}, {{fixed(2)}}, {}, "i"},
           {"unit_rows", "f", {m}, {m, n}},
           {"unit_rows_gradient", "fff", {m, n, m}, {m}},
           {"row_dots", "ff", {m, m}, {n}},
           {"scale_rows", "ff", {m, n}, {m}},
           {"softmax", "f", {m}, {m}},
           {"cross_entropy", "fi", {m, n}, {one}},
           {"cross_entropy_gradient", "fif", {m, n, one}, {m}},
           {"binary_cross_entropy", "ff", {m, m}, {one}},
           {"binary_cross_entropy_gradient", "fff", {m, m, one}, {m}},
           {"squared_error", "ff", {m, m}, {one}},
           {"squared_error_gradient", "fff", {m, m, one}, {m}},
           {"dropout", "fi", {m, {fixed(2)}}, {m}, {0.5, 0}},
           {"clip_factor", "ff", {m, m}, {one, one}, {1}},
       }) {
    const auto run = [&](const Shapes& inputs, const Shapes& outputs) {
      Builder b;
      nn::OperationSpec op{c.name, {}, {}, c.numbers};
      std::vector<std::vector<float>> floats;
      std::vector<std::vector<int32_t>> ints;
      std::vector<nn::Slot> given;
      for (size_t at = 0; at < inputs.size(); ++at) {
        op.in.push_back(b.tensor(Place::input, static_cast<int32_t>(at), inputs[at], c.in[at] == 'i'));
        int64_t size = 1;
        for (const Dim& dim : inputs[at]) size *= dim.plus;
        if (c.in[at] == 'i') {
          ints.emplace_back(size, 0);
          if (size == 3) ints.back() = {0, 1, 4};
          given.push_back({ints.back().data(), size, true});
        } else {
          floats.emplace_back(size, 0.5f);
          given.push_back({floats.back().data(), size, false});
        }
      }
      for (size_t at = 0; at < outputs.size(); ++at) op.out.push_back(b.temporary(outputs[at], c.out[at] == 'i'));
      b.spec.operations.push_back(op);
      nn::Buffers buffers;
      nn::Program(b.spec).run(buffers, {}, given, {}, nullptr);
    };
    run(c.inputs, c.outputs);
    for (const auto& shape : {wrong, none})
      for (size_t at = 0; at < c.inputs.size() + c.outputs.size(); ++at) {
        Shapes inputs = c.inputs, outputs = c.outputs;
        (at < inputs.size() ? inputs[at] : outputs[at - inputs.size()]) = shape;
        // Any length is that of something to clip, and rows may be put into a table of any.
        if (std::string(c.name) == "clip_factor" && at < 2) continue;
        if (std::string(c.name) == "sequence_starts" && at == 0 && shape.size() == 2) continue;
        CHECK_THROWS("ERR_SHAPE", "", run(inputs, outputs));
      }
  }
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
