// What an operation of a program gets, and the tables of all of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cpu/runtime/random.h"
#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// A tensor [rows, cols]; a vector is [n, 1], a scalar [1, 1].
struct Value {
  void* data = nullptr;
  int64_t rows = -1;  // of an operand that is absent
  int64_t cols = 0;
  int32_t id = -1;  // of the tensor in its program

  bool absent() const { return rows < 0; }
  int64_t size() const { return rows * cols; }
  float* floats() const { return static_cast<float*>(data); }
  int32_t* ints() const { return static_cast<int32_t*>(data); }
  Matrix matrix() const { return {floats(), rows, cols}; }
};

// One operation of a run.
struct Call {
  const char* name;
  const std::vector<Value>& in;
  const std::vector<Value>& out;
  const std::vector<double>& numbers;
  GemmScratch& scratch;
  // Sums of squares of tensors that an operation of this run took, by id: a pass over all gradients each.
  std::unordered_map<int32_t, double>& squares;
  const AbortFlag* abort;

  void expect(bool condition, const char* what) const {
    if (!condition) fail_shape(std::string(name) + ": " + what + ".");
  }
  void same(const Value& a, const Value& b) const {
    expect(a.rows == b.rows && a.cols == b.cols, "expected operands of one shape");
  }
  // The seed of dropout number n of this run, from the run's two integers.
  uint64_t seed(const Value& of_run, double n) const {
    expect(of_run.size() == 2, "expected a seed of two integers");
    const int32_t* const words = of_run.ints();
    return mix_seeds(static_cast<uint32_t>(words[0]) | static_cast<uint64_t>(words[1]) << 32, static_cast<uint64_t>(n));
  }
  // The float of a tensor that has one number.
  float& scalar(const Value& value) const {
    expect(value.size() == 1, "expected a tensor of one number");
    return *value.floats();
  }
};

struct Operation {
  const char* name;
  // The kind of each operand: f floats, i int32, b floats of a buffer, which is changed; a trailing ? marks one that
  // may be absent, a trailing * one that may come more than once.
  const char* in;
  const char* out;
  const char* numbers;  // the kind of each: legal_number
  void (*run)(const Call& call);
  // Of an operation that changes buffers: throws what may be wrong with the call, before any such operation runs.
  void (*check)(const Call& call) = nullptr;
};

// What a number of this kind must be, "" for one that is:
//   x a float, + a float above 0, 0 a float of at least 0, r in [0, 1), n an integer of at least 0, h of at least 1,
//   b 0 or 1 (of products: 1 for those of bf16), a one of Activation, s one of Stretch
std::string illegal_number(char kind, double number);

// Null if there is none of this name.
const Operation* find_operation(const std::string& name);

std::span<const Operation> layer_operations();
std::span<const Operation> row_operations();
std::span<const Operation> loss_operations();
std::span<const Operation> norm_operations();
std::span<const Operation> sequence_operations();
std::span<const Operation> tensor_operations();
std::span<const Operation> optimizer_operations();
std::span<const Operation> tuning_operations();
std::span<const Operation> soft_loss_operations();
std::span<const Operation> sequence_model_operations();

}  // namespace kindred::nn
