// Large dense products in 7/8 of the operations: one step of Strassen 1969, "Gaussian elimination is not optimal",
// whose sums are formed while packing and whose products are added straight to c (Huang et al. 2016, "Strassen's
// algorithm reloaded").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kindred/linalg/gemm.h"
#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

class StrassenFactor;

// Rows [begin, end) of a factor: a view of them, or `room` [end - begin, depth] filled with them.
using StrassenRows = std::function<ConstMatrix(int64_t begin, int64_t end, Matrix room)>;

// A product to form at once, c += a b', where a is what is being packed.
struct StrassenThen {
  const StrassenFactor& b;
  Matrix c;
};

// One factor, [rows, depth], packed once for any number of products. Its rows lie in groups of two halves, as the depth
// does, and every group holds the seven sums of quarters that the seven products take.
class StrassenFactor {
 public:
  enum class Side { left, right };

  explicit StrassenFactor(Side side) : side_(side) {}

  // Of scale * m, without the rows skipped, which are not read.
  void pack(float scale, ConstMatrix m, GemmSkip skip, const AbortFlag* abort);

  // The same of rows that are asked for once each, from several threads at a time. With `then`, for a factor on the
  // left, each group is multiplied while it is in the cache.
  void pack(float scale, int64_t rows, int64_t depth, const StrassenRows& read, GemmSkip skip, const AbortFlag* abort,
            const StrassenThen* then = nullptr);

 private:
  friend void strassen(const StrassenFactor& a, const StrassenFactor& b, Matrix c, GemmRegion region,
                       const AbortFlag* abort);

  // Rows [begin, end), of two halves; what lacks of them counts as zeros.
  struct Group {
    int64_t begin, end, half;
    float* data;  // [product][half / width][half of the depth][width]
  };

  void lay_out(int64_t rows, int64_t depth, GemmSkip skip);
  void pack_group(float scale, ConstMatrix rows, const Group& group) const;
  static void check(const StrassenFactor& a, const StrassenFactor& b, Matrix c);
  static void multiply(const StrassenFactor& a, const Group& p, const StrassenFactor& b, const Group& q, Matrix c,
                       bool lower);

  Side side_;
  int64_t rows_ = 0, depth_ = 0;
  int64_t half_depth_ = 0;
  int64_t width_ = 1;
  std::vector<Group> groups_;
  GemmScratch memory_;
};

// c [m, n] += a [m, depth] * b [n, depth]', without the rows that a skips and the columns that b skips; ERR_SHAPE where
// sizes do not fit. The error of an element is that of a product of the largest rows around it, and not of its own: for
// a and b whose rows are of like size. The same bits for any number of threads.
void strassen(const StrassenFactor& a, const StrassenFactor& b, Matrix c, GemmRegion region, const AbortFlag* abort);

}  // namespace kindred
