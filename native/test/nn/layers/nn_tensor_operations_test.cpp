// Operations of programs on tensors as they are, on sequences, and of normalisation.
#include <cmath>
#include <limits>

#include "kindred/nn/program.h"
#include "reference/nn/layers/elementwise.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"
#include "test/nn/program/shapes.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<Dim> shape(const Numbers& numbers) { return {fixed(numbers.rows), fixed(numbers.cols)}; }

// One operation of floats alone.
void run(const char* name, std::vector<Numbers> in, std::vector<Numbers*> out, std::vector<double> numbers = {},
         const AbortFlag* abort = nullptr) {
  Builder b;
  nn::OperationSpec op{name, {}, {}, std::move(numbers)};
  std::vector<nn::Slot> given, made;
  for (size_t n = 0; n < in.size(); ++n) {
    op.in.push_back(b.input(static_cast<int32_t>(n), shape(in[n])));
    given.push_back(slot(in[n].values));
  }
  for (Numbers* numbers_of : out) {
    op.out.push_back(b.temporary(shape(*numbers_of)));
    made.push_back(slot(numbers_of->values));
  }
  b.spec.outputs = op.out;
  b.spec.operations.push_back(op);
  nn::Buffers buffers;
  nn::Program(b.spec).run(buffers, {}, given, made, abort);
}

}  // namespace

TEST(parts_make_the_whole_and_are_taken_from_it) {
  Random random(1);
  for (const int64_t cols : {0, 1, 5, 70})
    for (const int64_t rows : {0, 1, 9, 300}) {
      const Numbers a(random, rows, cols), b(random, 2, cols), c(random, 0, cols);
      Numbers whole(rows + 2, cols), first(rows, cols), second(2, cols), third(0, cols), taken(rows, cols),
          put(rows + 2, cols);
      run("concat_rows", {a, c, b}, {&whole});
      CHECK(joined({a, b}) == doubles(whole.values));
      run("split_rows", {whole}, {&first, &third, &second});
      CHECK(first.values == a.values && second.values == b.values);
      run("slice_rows", {whole}, {&taken}, {2});
      CHECK(std::equal(taken.values.begin(), taken.values.end(), whole.values.begin() + 2 * cols));
      run("slice_rows_gradient", {a}, {&put}, {2});
      for (int64_t i = 0; i < (rows + 2) * cols; ++i)
        CHECK_EQUAL(put.values[i], i < 2 * cols ? 0.0f : a.values[i - 2 * cols]);

      const Numbers left(random, rows, cols), right(random, rows, 3);
      Numbers wide(rows, cols + 3), of_left(rows, cols), of_right(rows, 3), part(rows, cols), placed(rows, cols + 3);
      run("concat_columns", {left, right}, {&wide});
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t k = 0; k < cols + 3; ++k)
          CHECK_EQUAL(wide.view().row(r)[k], k < cols ? left.view().row(r)[k] : right.view().row(r)[k - cols]);
      run("split_columns", {wide}, {&of_left, &of_right});
      CHECK(of_left.values == left.values && of_right.values == right.values);
      run("slice_columns", {wide}, {&part}, {3});
      run("slice_columns_gradient", {left}, {&placed}, {3});
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t k = 0; k < cols; ++k) CHECK_EQUAL(part.view().row(r)[k], wide.view().row(r)[k + 3]);
        for (int64_t k = 0; k < cols + 3; ++k)
          CHECK_EQUAL(placed.view().row(r)[k], k < 3 ? 0.0f : left.view().row(r)[k - 3]);
      }
    }
}

TEST(reshaped_transposed_and_multiplied_equal_the_reference) {
  Random random(2);
  for (const int64_t n : {0, 1, 3, 33, 130})
    for (const int64_t k : {0, 1, 5, 64})
      for (const int64_t m : {1, 17, 90}) {
        const Numbers a(random, n, k), b(random, k, m);
        const Numbers at{a.rows == 0 ? Numbers(k, 0) : Numbers(random, k, n)};
        Numbers flat(1, n * k), turned(k, n);
        run("reshape", {a}, {&flat});
        CHECK(flat.values == a.values);
        run("transpose", {a}, {&turned});
        CHECK_CLOSE(turned.values, reference::transpose(a.table()).values, 0, 0);
        const auto right = reference::matmul(a.table(), b.table()).values;
        Numbers bt(m, k);
        for (int64_t r = 0; r < k; ++r)
          for (int64_t c = 0; c < m; ++c) bt.view().row(c)[r] = b.view().row(r)[c];
        for (const bool of_a : {false, true})
          for (const bool of_b : {false, true}) {
            Numbers out(n, m);
            run("matmul", {of_a ? turned : a, of_b ? bt : b}, {&out}, {double(of_a), double(of_b)});
            CHECK_CLOSE(out.values, right, 2e-5, 1e-5);
          }
      }
}

TEST(running_averages_move_and_stay_finite) {
  Builder b;
  const int32_t x = b.input(0, {fixed(3)}), kept = b.buffer(0, {fixed(3)});
  b.op("running_average", {x}, {kept}, {0.25});
  const nn::Program program(b.spec);
  nn::Buffers buffers;
  buffers.add(3);
  std::vector<float> values{4, -8, 1};
  program.run(buffers, {}, {slot(values)}, {}, nullptr);
  program.run(buffers, {}, {slot(values)}, {}, nullptr);
  const std::vector<float> moved{1.75f, -3.5f, 0.4375f};
  CHECK(read(buffers, 0, 3) == moved);
  for (const float bad : {NAN, INFINITY}) {
    values[1] = bad;
    CHECK_THROWS("ERR_NOT_FINITE", "batch", program.run(buffers, {}, {slot(values)}, {}, nullptr));
    CHECK(read(buffers, 0, 3) == moved);
  }
  Builder other;
  other.op("running_average", {other.input(0, {fixed(2)})}, {other.buffer(0, {fixed(3)})}, {0.25});
  std::vector<float> two{1, 2};
  CHECK_THROWS("ERR_SHAPE", "one shape", nn::Program(other.spec).run(buffers, {}, {slot(two)}, {}, nullptr));
}

TEST(shapes_that_an_operation_cannot_have_are_refused) {
  const std::vector<Dim> m{fixed(4), fixed(6)}, n{fixed(4)}, d{fixed(6)}, one{}, offsets{fixed(3)},
      pooled{fixed(2), fixed(6)}, weights{fixed(4), fixed(3)}, tall{fixed(8), fixed(6)}, wide{fixed(4), fixed(12)},
      turned{fixed(6), fixed(4)}, empty{fixed(2), fixed(0)}, angles{fixed(4), fixed(2)};
  const auto never = [](size_t, const std::vector<Dim>&) { return false; };
  for (const ShapeCase& c : std::vector<ShapeCase>{
           {"combine_add", "ff", {m, m}, {m}, {0, 0}},
           {"combine_subtract", "ff", {m, d}, {m}, {0, 1}},
           {"combine_multiply", "ff", {n, m}, {m}, {2, 0}},
           {"combine_divide", "ff", {m, one}, {m}, {0, 3}},
           {"exponential", "f", {m}, {m}},
           {"logarithm", "f", {m}, {m}},
           {"square_root", "f", {m}, {m}},
           {"stretch", "f", {d}, {m}, {1}},
           {"sum_stretched", "f", {m}, {n}, {2}},
           {"concat_rows", "ff", {m, m}, {tall}},
           {"concat_columns", "ff", {m, m}, {wide}},
           {"split_rows", "f", {tall}, {m, m}},
           {"split_columns", "f", {wide}, {m, m}},
           {"slice_rows", "f", {tall}, {m}, {4}},
           {"slice_columns", "f", {wide}, {m}, {6}},
           {"slice_rows_gradient", "f", {m}, {tall}, {4}},
           {"slice_columns_gradient", "f", {m}, {wide}, {6}},
           {"reshape", "f", {m}, {turned}},
           {"transpose", "f", {m}, {turned}},
           {"matmul", "ff", {m, turned}, {{fixed(4), fixed(4)}}, {0, 0}},
           {"softmax_gradient", "ff", {m, m}, {m}},
           {"log_softmax", "f", {m}, {m}},
           {"log_softmax_gradient", "ff", {m, m}, {m}},
           {"rms_norm", "ff", {m, d}, {m, n}, {1}},
           {"rms_norm_gradient", "ffff", {m, d, n, m}, {m, d}},
           {"batch_norm", "fff", {m, d, d}, {m, d, d, d}, {1}},
           {"batch_norm_gradient", "fffff", {m, d, d, d, m}, {m, d, d}},
           {"sequence_sum", "fi", {m, offsets}, {pooled}},
           {"sequence_sum_gradient", "fi", {pooled, offsets}, {m}},
           {"sequence_max", "fi", {m, offsets}, {pooled, pooled}, {}, "fi"},
           {"sequence_max_gradient", "fii", {empty, empty, offsets}, {{fixed(4), fixed(0)}}},
           {"sequence_softmax", "fi", {weights, offsets}, {weights}},
           {"sequence_softmax_gradient", "ffi", {weights, weights, offsets}, {weights}},
           {"sequence_weighted_sum", "ffi", {m, weights, offsets}, {pooled}},
           {"sequence_weighted_sum_gradient", "ffif", {m, weights, offsets, pooled}, {m, weights}},
           {"rotary_angles", "i", {n}, {angles}, {10000}},
           {"rotary", "ff", {m, angles}, {m}, {0}},
       })
    check_shape_case(c, never);
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Numbers x(3, 3), out(3, 3);
  CHECK_THROWS("ERR_ABORTED", "aborted", run("transpose", {x}, {&out}, {}, &abort));
}
