// The library's entry, spoiled as KINDRED_EMULATED_CUDA says. CMakeLists.txt renames the one of native/cuda.
#include "kindred/device/cuda.h"
#include "test/emulated_cuda/failures.h"

extern "C" const KindredCuda* whole_kindred_cuda(uint32_t version);

extern "C" const KindredCuda* kindred_cuda(uint32_t version) {
  using kindred::cuda::emulated::mode_is;
  const KindredCuda* const whole = whole_kindred_cuda(version);
  if (!whole || mode_is("refuses")) return nullptr;
  static const KindredCuda spoiled = [&] {
    KindredCuda table = *whole;
    if (mode_is("other-version")) table.version = 0;
    if (mode_is("without-als")) table.als_cg = nullptr, table.als_cholesky = nullptr;
    return table;
  }();
  return &spoiled;
}
