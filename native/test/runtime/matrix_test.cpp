// Views address in 64 bits.
#include "kindred/linalg/matrix.h"

#include <type_traits>

#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;

TEST(offsets_of_large_matrices_do_not_wrap) {
  // 50 million rows of 64 columns: 12.8 GB; addresses are computed, nothing is read.
  float* const base = reinterpret_cast<float*>(uintptr_t{1} << 20);
  const Matrix view(base, 50'000'000, 64);
  const auto offset = [&](const float* p) {
    return reinterpret_cast<uintptr_t>(p) - reinterpret_cast<uintptr_t>(base);
  };
  CHECK_EQUAL(offset(view.row(49'999'999)), uintptr_t{12'799'999'744});
  const ConstMatrix slice(base, 50'000'000, 3, 1000);
  CHECK_EQUAL(offset(slice.row(49'999'999)), uintptr_t{199'999'996'000});
  static_assert(std::is_same_v<decltype(CsrView{}.nonzeros()), int64_t>);
}

TEST(rows_of_a_slice_are_a_stride_apart) {
  const test::Padded matrix(3, 2, 4, {1, 2, 3, 4, 5, 6});
  CHECK_EQUAL(matrix.view().row(2)[1], 6.0f);
  CHECK_EQUAL(matrix.view().stride, int64_t{6});
}

TEST(a_view_without_rows_has_no_nonzeros) { CHECK_EQUAL(CsrView{}.nonzeros(), int64_t{0}); }
