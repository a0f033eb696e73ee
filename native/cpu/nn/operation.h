// What an operation of a program gets, and the table of all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// A tensor [rows, cols]; a vector is [n, 1], a scalar [1, 1].
struct Value {
  void* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;

  int64_t size() const { return rows * cols; }
  float* floats() const { return static_cast<float*>(data); }
  int32_t* ints() const { return static_cast<int32_t*>(data); }
  Matrix matrix() const { return {floats(), rows, cols}; }
};

// One operation of a run.
struct Call {
  const char* name;
  const std::vector<Value>& in;  // an absent one has no data
  const std::vector<Value>& out;
  const std::vector<double>& numbers;
  GemmScratch& scratch;
  const AbortFlag* abort;

  void expect(bool condition, const char* what) const {
    if (!condition) fail_shape(std::string(name) + ": " + what + ".");
  }
  void same(const Value& a, const Value& b) const {
    expect(a.rows == b.rows && a.cols == b.cols, "expected operands of one shape");
  }
};

struct Operation {
  const char* name;
  // The type of each operand: f float, i int32, a trailing ? marks one that may be absent, a trailing * as many as come.
  const char* in;
  const char* out;
  int numbers;
  void (*run)(const Call& call);
};

// Null if there is none of this name.
const Operation* find_operation(const std::string& name);

}  // namespace kindred::nn
