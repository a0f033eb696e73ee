// The dense product of float matrices, blocked for caches and registers: what large linear algebra is built on.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/large_pages.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// A matrix whose element (i, j) is data[i * row_step + j * col_step]; its transpose is the same memory.
struct Strided {
  const float* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t row_step = 0;
  int64_t col_step = 1;

  Strided() = default;
  Strided(ConstMatrix m) : data(m.data), rows(m.rows), cols(m.cols), row_step(m.stride) {}
  Strided(const float* data, int64_t rows, int64_t cols, int64_t row_step, int64_t col_step)
      : data(data), rows(rows), cols(cols), row_step(row_step), col_step(col_step) {}
  Strided transposed() const { return {data, cols, rows, col_step, row_step}; }
};

enum class GemmRegion {
  full,
  lower  // j <= i: half the work. Some elements above the diagonal are changed too; they mean nothing then.
};

// Rows of c and the columns of the same numbers, which a product leaves as they are.
struct GemmSkip {
  int64_t begin = 0;
  int64_t end = 0;
};

// Memory that a series of products reuses: fresh pages cost as much as a thin product. It begins on a cache line, for
// the loads of a register tile would else touch two of them each.
class GemmScratch {
 public:
  // Buffer 0 or 1 with room for `size` floats; its contents are lost when it grows.
  float* take(int n, int64_t size);

 private:
  LargeVector<float> floats_[2];
};

// c [m, n] += alpha * a [m, depth] * b [depth, n]; ERR_SHAPE where sizes do not fit. c overlaps neither a nor b. Sums
// are in float, over blocks of the depth that do not depend on m, n or the number of threads: the same bits for any
// number of them. Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
// skip: 0 <= begin <= end <= m and n; neither these rows and columns of c nor those of a and b that lead there are
// read.
void gemm(float alpha, Strided a, Strided b, Matrix c, GemmRegion region, const AbortFlag* abort,
          GemmScratch* scratch = nullptr, GemmSkip skip = {});

// c = a b, plus bias [n] in each row unless it is null, whatever c held; else as gemm.
void gemm_overwrite(Strided a, Strided b, const float* bias, Matrix c, const AbortFlag* abort,
                    GemmScratch* scratch = nullptr);

}  // namespace kindred
