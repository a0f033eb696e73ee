// Large dense products in 7/8 of the operations: one step of Strassen 1969, "Gaussian elimination is not optimal",
// whose sums are formed while packing and whose products are added straight to c (Huang et al. 2016, "Strassen's
// algorithm reloaded").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kindred/gemm.h"
#include "kindred/matrix.h"
#include "kindred/pool.h"

namespace kindred {

// One factor, [rows, depth], packed once for any number of products. Its rows lie in groups of two halves, as the depth
// does, and every group holds the seven sums of quarters that the seven products take.
class StrassenFactor {
 public:
  enum class Side { left, right };

  explicit StrassenFactor(Side side) : side_(side) {}

  // Of scale * m, without the rows skipped, which are not read. Before rows [begin, end) are, ready(begin, end) is
  // called, once for each row and from several threads at a time.
  void pack(float scale, ConstMatrix m, GemmSkip skip, const AbortFlag* abort,
            const std::function<void(int64_t begin, int64_t end)>& ready = nullptr);

 private:
  friend void strassen(const StrassenFactor& a, const StrassenFactor& b, Matrix c, GemmRegion region,
                       const AbortFlag* abort);

  // Rows [begin, begin + 2 * half) of m, of which those from `end` on count as zeros.
  struct Group {
    int64_t begin, end, half;
    float* data;  // [product][half / width][half of the depth][width]
  };

  void pack_strip(float scale, ConstMatrix m, const Group& group, int64_t strip, float* sum) const;

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
