// Operations on tensors as they are: elementwise with stretched operands, parts put together and taken, products.
#include <algorithm>
#include <string>

#include "cpu/nn/program/operation.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/elementwise.h"

namespace kindred::nn {
namespace {

constexpr int64_t kNumbers = 1 << 13;

Stretched stretched(const Call& c, const Value& value, double number, int64_t rows, int64_t cols) {
  const auto stretch = static_cast<Stretch>(static_cast<int>(number));
  if (stretch == Stretch::none) c.expect(value.rows == rows && value.cols == cols, "expected operands of one shape");
  if (stretch == Stretch::rows) c.expect(value.size() == cols, "expected a number for each column");
  if (stretch == Stretch::cols) c.expect(value.size() == rows, "expected a number for each row");
  if (stretch == Stretch::numbers) c.scalar(value);
  return {value.floats(), stretch};
}

template <Combination kind>
void run_combine(const Call& c) {
  const Value& out = c.out[0];
  combine(kind, stretched(c, c.in[0], c.numbers[0], out.rows, out.cols),
          stretched(c, c.in[1], c.numbers[1], out.rows, out.cols), out.matrix(), c.abort);
}

template <Function kind>
void run_function(const Call& c) {
  c.same(c.in[0], c.out[0]);
  apply(kind, c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

void run_stretch(const Call& c) {
  const Value& out = c.out[0];
  stretch(stretched(c, c.in[0], c.numbers[0], out.rows, out.cols), out.matrix(), c.abort);
}

void run_sum_stretched(const Call& c) {
  const Value& x = c.in[0];
  const Stretched out = stretched(c, c.out[0], c.numbers[0], x.rows, x.cols);
  sum_stretched(x.matrix(), out.stretch, c.out[0].floats(), c.abort);
}

// Columns [at, at + cols) of a tensor.
Matrix columns(const Value& value, int64_t at, int64_t cols) {
  return {value.floats() + at, value.rows, cols, value.cols};
}

Matrix rows(const Value& value, int64_t at, int64_t count) {
  return {value.floats() + at * value.cols, count, value.cols};
}

void copy_numbers(ConstMatrix from, Matrix to, const AbortFlag* abort) {
  const int64_t at_a_time = std::max<int64_t>(kNumbers / std::max<int64_t>(to.cols, 1), 1);
  parallel_for(to.rows, at_a_time, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) std::copy_n(from.row(r), to.cols, to.row(r));
  });
}

// body(part of the whole, one of the parts) for parts that make the whole, by rows or by columns
template <class Body>
void for_parts(const Call& c, const Value& whole, const std::vector<Value>& parts, bool by_rows, const Body& body) {
  int64_t at = 0;
  for (const Value& part : parts) {
    c.expect(
        by_rows ? part.cols == whole.cols : part.rows == whole.rows,
        by_rows ? "expected parts of as many columns as the whole" : "expected parts of as many rows as the whole");
    at += by_rows ? part.rows : part.cols;
  }
  c.expect(at == (by_rows ? whole.rows : whole.cols), "expected parts that make the whole");
  at = 0;
  for (const Value& part : parts) {
    body(by_rows ? rows(whole, at, part.rows) : columns(whole, at, part.cols), part.matrix());
    at += by_rows ? part.rows : part.cols;
  }
}

template <bool by_rows>
void run_concat(const Call& c) {
  for_parts(c, c.out[0], c.in, by_rows, [&](Matrix of_whole, Matrix part) { copy_numbers(part, of_whole, c.abort); });
}

template <bool by_rows>
void run_split(const Call& c) {
  for_parts(c, c.in[0], c.out, by_rows, [&](Matrix of_whole, Matrix part) { copy_numbers(of_whole, part, c.abort); });
}

// The part of the larger tensor that begins at numbers[0].
template <bool by_rows>
Matrix part_of(const Call& c, const Value& large, const Value& small) {
  const auto at = static_cast<int64_t>(c.numbers[0]);
  if (by_rows) {
    c.expect(small.cols == large.cols && at + small.rows <= large.rows, "expected rows that are there");
    return rows(large, at, small.rows);
  }
  c.expect(small.rows == large.rows && at + small.cols <= large.cols, "expected columns that are there");
  return columns(large, at, small.cols);
}

template <bool by_rows>
void run_slice(const Call& c) {
  copy_numbers(part_of<by_rows>(c, c.in[0], c.out[0]), c.out[0].matrix(), c.abort);
}

template <bool by_rows>
void run_slice_gradient(const Call& c) {
  const Value &dy = c.in[0], &dx = c.out[0];
  const Matrix part = part_of<by_rows>(c, dx, dy);
  const float zero = 0;
  stretch({&zero, Stretch::numbers}, dx.matrix(), c.abort);
  copy_numbers(dy.matrix(), part, c.abort);
}

void run_reshape(const Call& c) {
  c.expect(c.in[0].size() == c.out[0].size(), "expected as many numbers as before");
  std::copy_n(c.in[0].floats(), c.in[0].size(), c.out[0].floats());
}

void run_transpose(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.expect(y.rows == x.cols && y.cols == x.rows, "expected rows for columns and columns for rows");
  constexpr int64_t kRows = 64;
  parallel_for(x.rows, kRows, c.abort, [&](int64_t begin, int64_t end) {
    kernels().transpose(x.floats() + begin * x.cols, x.cols, end - begin, x.cols, 1.0f, y.floats() + begin, x.rows);
  });
}

void run_matmul(const Call& c) {
  const Value& out = c.out[0];
  const auto operand = [&](size_t n) {
    const Strided matrix(c.in[n].matrix());
    return c.numbers[n] == 0 ? matrix : matrix.transposed();
  };
  const Strided a = operand(0), b = operand(1);
  c.expect(a.cols == b.rows && out.rows == a.rows && out.cols == b.cols, "expected a [n, k] and b [k, m]");
  const float zero = 0;
  stretch({&zero, Stretch::numbers}, out.matrix(), c.abort);
  gemm(1, a, b, out.matrix(), GemmRegion::full, c.abort, &c.scratch);
}

constexpr Operation kOperations[] = {
    {"combine_add", "ff", "f", "ss", run_combine<Combination::add>},
    {"combine_subtract", "ff", "f", "ss", run_combine<Combination::subtract>},
    {"combine_multiply", "ff", "f", "ss", run_combine<Combination::multiply>},
    {"combine_divide", "ff", "f", "ss", run_combine<Combination::divide>},
    {"exponential", "f", "f", "", run_function<Function::exponential>},
    {"logarithm", "f", "f", "", run_function<Function::logarithm>},
    {"square_root", "f", "f", "", run_function<Function::square_root>},
    {"stretch", "f", "f", "s", run_stretch},
    {"sum_stretched", "f", "f", "s", run_sum_stretched},
    {"concat_rows", "f*", "f", "", run_concat<true>},
    {"concat_columns", "f*", "f", "", run_concat<false>},
    {"split_rows", "f", "f*", "", run_split<true>},
    {"split_columns", "f", "f*", "", run_split<false>},
    {"slice_rows", "f", "f", "n", run_slice<true>},
    {"slice_columns", "f", "f", "n", run_slice<false>},
    {"slice_rows_gradient", "f", "f", "n", run_slice_gradient<true>},
    {"slice_columns_gradient", "f", "f", "n", run_slice_gradient<false>},
    {"reshape", "f", "f", "", run_reshape},
    {"transpose", "f", "f", "", run_transpose},
    {"matmul", "ff", "f", "bb", run_matmul},
};

}  // namespace

std::span<const Operation> tensor_operations() { return kOperations; }

}  // namespace kindred::nn
