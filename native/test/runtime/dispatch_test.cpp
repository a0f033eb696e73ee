// Which kernels were chosen. That an illegal KINDRED_ISA is refused: process/refused_settings.cpp.
#include <algorithm>
#include <cstdlib>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/backend.h"
#include "test/harness/test.h"

using namespace kindred;

namespace {

struct Named {
  const char* name;
  const Kernels* kernels;
};

#if defined(__x86_64__)
const Named kTables[] = {{"amx", &kernels_amx()},
                         {"avx512bf16", &kernels_avx512bf16()},
                         {"avx512", &kernels_avx512},
                         {"avx2", &kernels_avx2},
                         {"baseline", &kernels_baseline}};
#else
const Named kTables[] = {{"portable", &kernels_portable}};
#endif

}  // namespace

TEST(the_environment_forces_an_instruction_set) {
  const char* forced = std::getenv("KINDRED_ISA");
  if (forced && *forced) {
    CHECK_EQUAL(backend().isa, std::string(forced));
    CHECK_EQUAL(backend().reason, std::string("forced by KINDRED_ISA"));
  } else {
    CHECK_EQUAL(backend().isa, backend().available.front());
    CHECK_EQUAL(backend().reason, std::string("best supported"));
  }
}

TEST(the_kernels_are_those_that_are_named) {
  bool found = false;
  for (const Named& table : kTables)
    if (backend().isa == table.name) {
      found = true;
      CHECK(&kernels() == table.kernels);
    }
  CHECK(found);
}

#if defined(__x86_64__)
TEST(avx512bf16_is_avx512_but_for_codes) {
  const Kernels &wide = kernels_avx512, &codes = kernels_avx512bf16();
  CHECK(codes.score_bf16 != wide.score_bf16 && codes.score_i8 != wide.score_i8);
  CHECK(codes.bf16.pack && codes.bf16.multiply && !wide.bf16.pack && !wide.bf16.multiply);
  CHECK(codes.score_dot == wide.score_dot && codes.gemm_tile == wide.gemm_tile && codes.als.solve == wide.als.solve);
}
#endif

#if defined(__x86_64__)
TEST(amx_is_avx512bf16_but_for_products_of_bf16) {
  const Kernels &codes = kernels_avx512bf16(), &tiles = kernels_amx();
  CHECK(tiles.bf16.multiply != codes.bf16.multiply);
  CHECK(tiles.score_bf16 == codes.score_bf16 && tiles.gemm_tile == codes.gemm_tile);
}
#endif

TEST(what_every_machine_has_comes_last) {
  const auto& available = backend().available;
  CHECK_EQUAL(available.back(), std::string(std::end(kTables)[-1].name));
  CHECK(std::find(available.begin(), available.end(), backend().isa) != available.end());
}
