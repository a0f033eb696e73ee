// What a program does not take: when it is made, and when it is run.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "kindred/nn/program.h"
#include "test/harness/test.h"
#include "test/nn/program/programs.h"

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
    b.op("linear", {x, -1, x}, {b.temporary({fixed(1)})}, {0});
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
      if (op == "attention") b.op(op, {x, x, x, i, x, i}, {out(), out()}, numbers);
      if (op == "attention_gradient") b.op(op, {x, x, x, i, -1, -1, x, x, x}, {out(), out(), out()}, numbers);
      if (op == "combine_add") b.op(op, {x, x}, {out()}, numbers);
      if (op == "stretch" || op == "sum_stretched" || op == "slice_rows") b.op(op, {x}, {out()}, numbers);
      if (op == "matmul") b.op(op, {x, x}, {out()}, numbers);
      if (op == "rotary_angles") b.op(op, {i}, {out()}, numbers);
      if (op == "rms_norm") b.op(op, {x, x}, {out(), out()}, numbers);
      if (op == "dropout") b.op(op, {x, i}, {out()}, numbers);
      if (op == "clip_factor") b.op(op, {x}, {out(), out()}, numbers);
      const auto buffer = [&](int32_t n) { return b.buffer(n, {fixed(2), fixed(2)}); };
      // Optimisers, by how many numbers they keep.
      const auto starts = [&](std::initializer_list<const char*> names) {
        return std::any_of(names.begin(), names.end(), [&](const char* rule) { return op.rfind(rule, 0) == 0; });
      };
      std::vector<int32_t> changed;
      if (starts({"sgd"})) changed = {buffer(0)};
      if (starts({"momentum", "nesterov", "adagrad"})) changed = {buffer(0), buffer(1)};
      if (starts({"adam", "ftrl"})) changed = {buffer(0), buffer(1), buffer(2)};
      const bool rows = op.ends_with("_rows");
      if (!changed.empty())
        b.op(op, rows ? std::vector<int32_t>{i, x, x, x, i} : std::vector<int32_t>{x, x, x, i}, changed, numbers);
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
    for (size_t n = 0; n < 7; ++n) {
      std::vector<double> numbers{1, 1, 0, 0.1, 0, 8, 1};
      numbers[n] = bad;
      of("attention", numbers);
    }
    of("combine_add", {bad, 0});
    of("combine_add", {0, bad});
    of("stretch", {bad});
    of("sum_stretched", {bad});
    of("slice_rows", {bad});
    of("matmul", {bad, 0});
    of("matmul", {0, bad});
    of("rotary_angles", {bad});
    of("rms_norm", {bad});
    for (size_t n = 0; n < 4; ++n) {
      std::vector<double> numbers{0, 1e-8, 0.9, 0.9};
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
    of("attention", {heads, 1, 0, 0, 0, 8, 1});
    of("attention_gradient", {heads, 1, 0, 0, 0, 8, 1});
  }
  of("attention", {1, 1, 2, 0, 0, 8, 1});
  of("attention", {1, 1, 0, 1, 0, 8, 1});
  of("attention", {1, 1, 0, 0, 0.5, 8, 1});
  of("attention", {1, 1, 0, 0, 0, 0, 1});
  of("attention", {1, 1, 0, 0, 0, 8, 2});
  of("attention", {1, 1, 0, 0, 0, 8});
  of("attention", {1, 1, 0, 0, 0, 8, 1, 0});
  for (const double kind : {-1.0, 0.5, 4.0}) {
    of("combine_add", {kind, 0});
    of("stretch", {kind});
  }
  of("slice_rows", {-1});
  of("matmul", {0, 2});
  of("rotary_angles", {0});
  of("rms_norm", {-1});
  of("fill", {});
  of("layer_norm", {-1e-9});
  for (const double rate : {-0.1, 1.0, 0.99999999999}) of("dropout", {rate, 0});  // the last is 1 as a float
  for (const double number : {-1.0, 0.5}) of("dropout", {0.5, number});
  for (const double norm : {0.0, -1.0, 1e-40}) of("clip_factor", {norm});
  of("adamw", {0, 1e-8, 1, 0.9});
  of("adamw", {0, 1e-8, 0.9, -0.1});
  of("adamw", {0, 0, 0.9, 0.9});
  of("adamw", {-1, 1e-8, 0.9, 0.9});
  for (const char* name : {"sgd", "sgd_rows"}) of(name, {-1});
  for (const char* name : {"momentum", "momentum_rows", "nesterov", "nesterov_rows"}) of(name, {0, 1});
  for (const char* name : {"adagrad", "adagrad_rows"}) of(name, {0, 0});
  for (const char* name : {"adam", "adam_rows"}) of(name, {0, 1e-8, 0.9, 1});
  for (const char* name : {"ftrl", "ftrl_rows"}) {
    of(name, {0, 0, 0});
    of(name, {0, 1, -1});
  }
}

TEST(buffers_are_changed_by_steps_alone_and_each_once) {
  const auto step = [](Builder& b, int32_t gradient, std::vector<int32_t> slots) {
    std::vector<int32_t> out;
    for (const int32_t slot : slots) out.push_back(b.buffer(slot, {fixed(1)}));
    b.op("adamw", {gradient, b.input(1, {fixed(1)}), b.input(2, {fixed(1)}), b.ids(3, {fixed(1)})}, out, {0, 1, 0, 0});
  };
  for (const std::vector<int32_t>& slots : {std::vector<int32_t>{0, 0, 1}, {0, 1, 0}, {1, 0, 0}})
    refused("ERR_VALUE", "different buffers", [&](Builder& b) { step(b, b.input(0, {fixed(1)}), slots); });
  refused("ERR_VALUE", "read none", [&](Builder& b) { step(b, b.buffer(0, {fixed(1)}), {0, 1, 2}); });
  // Nor one that another step changes, before it or after it.
  for (const bool first : {true, false})
    refused("ERR_VALUE", "read none", [&](Builder& b) {
      const auto reads = [&] { step(b, b.buffer(5, {fixed(1)}), {0, 1, 2}); };
      if (first) reads();
      step(b, b.input(0, {fixed(1)}), {3, 4, 5});
      if (!first) reads();
    });
  Builder legal;
  step(legal, legal.buffer(3, {fixed(1)}), {0, 1, 2});
  const nn::Program program(legal.spec);
  refused("ERR_VALUE", "expected operands", [&](Builder& b) {
    const int32_t x = b.input(0, {fixed(1)});
    b.op("adamw", {x, x, x, b.ids(3, {fixed(1)})},
         {b.temporary({fixed(1)}), b.buffer(0, {fixed(1)}), b.buffer(1, {fixed(1)})}, {0, 1, 0, 0});
  });
}

TEST(arguments_of_a_run_must_fit) {
  Builder b;
  b.spec.symbols = 1;
  const int32_t x = b.input(0, {symbol(0), fixed(2)}), w = b.buffer(0, {fixed(3), fixed(2)}),
                y = b.temporary({symbol(0), fixed(3)});
  b.op("linear", {x, w, -1}, {y}, {0});
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
