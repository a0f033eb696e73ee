// Operations with operands of shapes that they cannot have.
#pragma once

#include <string>
#include <vector>

#include "test/harness/test.h"
#include "test/nn/program/programs.h"

namespace kindred::test {

using Shapes = std::vector<std::vector<Dim>>;

// An operation with operands that fit. Kinds: f floats, i integers; three integers are offsets of two sequences of four
// tokens, others are 0.
struct ShapeCase {
  const char* name;
  const char* in;
  Shapes inputs, outputs;
  std::vector<double> numbers = {};
  const char* out = "ffff";
};

inline void run_case(const ShapeCase& c, const Shapes& inputs, const Shapes& outputs) {
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
}

// Runs it, and then with each operand of another shape, one after another: ERR_SHAPE, unless legal(operand, shape).
template <class Legal>
void check_shape_case(const ShapeCase& c, const Legal& legal) {
  const std::vector<Dim> wrong{fixed(5), fixed(7)}, none{fixed(0)};
  run_case(c, c.inputs, c.outputs);
  for (const auto& shape : {wrong, none})
    for (size_t at = 0; at < c.inputs.size() + c.outputs.size(); ++at) {
      Shapes inputs = c.inputs, outputs = c.outputs;
      (at < inputs.size() ? inputs[at] : outputs[at - inputs.size()]) = shape;
      if (!legal(at, shape)) CHECK_THROWS("ERR_SHAPE", "", run_case(c, inputs, outputs));
    }
}

}  // namespace kindred::test
