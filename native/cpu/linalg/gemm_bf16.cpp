#include "kindred/linalg/gemm_bf16.h"

#include <algorithm>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/backend.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kPacked = 8 * kBf16Lines;     // lines packed at a time
constexpr int64_t kCols = 4 * kBf16Lines;       // columns of c that a task covers
constexpr int64_t kBlock = int64_t{1} << 18;    // numbers of a that a task reads: 512 KiB, which stay in L2
constexpr int64_t kLeastRows = 4 * kBf16Lines;  // rows of c that a task covers at least

int64_t ceil_div(int64_t n, int64_t by) { return (n + by - 1) / by; }

// Lines of an operand, and where their tiles begin.
struct Operand {
  Bf16Source source;
  bool by_pair;
  uint32_t* words;

  int64_t strip() const { return ceil_div(source.depth, kBf16Depth) * kBf16Words; }
  int64_t tasks() const { return ceil_div(source.lines, kPacked); }

  void pack(int64_t task) const {
    const int64_t begin = task * kPacked;
    Bf16Source part = source;
    part.data += begin * source.line_step;
    part.lines = std::min(kPacked, source.lines - begin);
    kernels().bf16.pack(part, by_pair, strip(), words + begin / kBf16Lines * strip());
  }
};

Bf16Source source_of(Strided m) {
  if (m.row_step != 1 && m.col_step != 1 && m.rows > 1 && m.cols > 1)
    fail_shape("gemm_bf16: expected rows or columns without gaps.");
  // Of a single line, and of lines of one number, one of the steps does not matter.
  if (m.row_step != 1 && m.col_step != 1) {
    if (m.cols <= 1)
      m.col_step = 1;
    else
      m.row_step = 1;
  }
  return {m.data, m.rows, m.cols, m.row_step, m.col_step};
}

uint32_t* room(GemmScratch& scratch, int n, const Operand& of) {
  const int64_t strips = ceil_div(of.source.lines, kBf16Lines);
  return reinterpret_cast<uint32_t*>(scratch.take(n, strips * of.strip()));
}

}  // namespace

bool has_bf16_products() { return kernels().bf16.multiply != nullptr; }

void gemm_bf16(Strided a, Strided b, const float* bias, Matrix c, const AbortFlag* abort, GemmScratch* scratch) {
  if (!has_bf16_products())
    throw Error("ERR_NOT_SUPPORTED", "products of bf16: the instruction set " + backend().isa + " has none; take f32.");
  if (a.cols != b.rows || c.rows != a.rows || c.cols != b.cols)
    fail_shape("gemm_bf16: [" + std::to_string(a.rows) + ", " + std::to_string(a.cols) + "] times [" +
               std::to_string(b.rows) + ", " + std::to_string(b.cols) + "] does not give [" + std::to_string(c.rows) +
               ", " + std::to_string(c.cols) + "].");
  if (c.rows == 0 || c.cols == 0) return;
  Operand left = {source_of(a), false, nullptr}, right = {source_of(b.transposed()), true, nullptr};
  GemmScratch own;
  if (!scratch) scratch = &own;
  left.words = room(*scratch, 0, left);
  right.words = room(*scratch, 1, right);
  parallel_for(left.tasks() + right.tasks(), 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task)
      task < left.tasks() ? left.pack(task) : right.pack(task - left.tasks());
  });

  const int64_t steps = ceil_div(a.cols, kBf16Depth);
  const int64_t fitting = kBlock / std::max<int64_t>(a.cols, 1) / (2 * kBf16Lines) * (2 * kBf16Lines);
  const int64_t rows = std::max(kLeastRows, fitting);
  const int64_t down = ceil_div(c.rows, rows), across = ceil_div(c.cols, kCols);
  parallel_for(down * across, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t i = task / across * rows, j = task % across * kCols;
      kernels().bf16.multiply({left.words + i / kBf16Lines * left.strip(), right.words + j / kBf16Lines * right.strip(),
                               steps, bias ? bias + j : nullptr, c.row(i) + j, c.stride, std::min(rows, c.rows - i),
                               std::min(kCols, c.cols - j)});
    }
  });
}

}  // namespace kindred
