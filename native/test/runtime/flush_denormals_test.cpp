// Denormal numbers count as 0 wherever kernels run, and keep their value everywhere else.
#include "cpu/runtime/flush_denormals.h"

#include <cmath>
#include <future>
#include <thread>

#include "kindred/linalg/gemm.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/background.h"
#include "kindred/runtime/thread_pool.h"
#include "reference/linalg/gemm.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool kCanFlush = true;
#else
constexpr bool kCanFlush = false;
#endif

// As operands, and as results.
bool flushes() {
  const volatile float denormal = 1e-40f, small = 1e-30f;
  const volatile double denormal_f64 = 1e-310, small_f64 = 1e-200;
  const bool operands = denormal * 1e10f == 0 && denormal_f64 * 1e10 == 0;
  const bool results = small * 1e-10f == 0 && small_f64 * 1e-110 == 0;
  CHECK_EQUAL(operands, results);
  return operands && results;
}

std::vector<float> scaled(std::vector<float> values, float scale) {
  for (float& value : values) value *= scale;
  return values;
}

std::vector<float> without_denormals(std::vector<float> values) {
  for (float& value : values)
    if (!std::isnormal(value)) value = 0;
  return values;
}

}  // namespace

TEST(the_mode_ends_with_its_scope) {
  CHECK(!flushes());
  {
    const FlushDenormals guard;
    CHECK_EQUAL(flushes(), kCanFlush);
    {
      const FlushDenormals inner(false);
      CHECK(!flushes());
    }
    CHECK_EQUAL(flushes(), kCanFlush);
  }
  CHECK(!flushes());
}

TEST(every_thread_of_a_loop_flushes_and_the_caller_gets_its_mode_back) {
  const int before = thread_count();
  for (const int threads : {1, 2, 8}) {
    set_thread_count(threads);
    std::atomic<int> arrived{0};
    parallel_for(threads, 1, nullptr, [&](int64_t, int64_t) {
      ++arrived;
      while (arrived < threads) std::this_thread::yield();  // each thread has one chunk
      CHECK_EQUAL(flushes(), kCanFlush);
      parallel_for(3, 1, nullptr, [](int64_t, int64_t) { CHECK_EQUAL(flushes(), kCanFlush); });
      CHECK_EQUAL(flushes(), kCanFlush);
    });
    CHECK(!flushes());
  }
  set_thread_count(before);
  const FlushDenormals guard;
  parallel_for(3, 1, nullptr, [](int64_t, int64_t) {});
  CHECK_EQUAL(flushes(), kCanFlush);
}

TEST(an_exception_gives_the_mode_back) {
  for (int round = 0; round < 20; ++round) {
    CHECK_THROWS("ERR_VALUE", "body", parallel_for(9, 1, nullptr, [](int64_t, int64_t) { fail_value("body"); }));
    CHECK(!flushes());
  }
  parallel_for(64, 1, nullptr, [](int64_t, int64_t) { CHECK_EQUAL(flushes(), kCanFlush); });
}

TEST(background_jobs_flush) {
  for (int round = 0; round < 4; ++round) {
    std::promise<bool> flushed;
    run_in_background([&] { flushed.set_value(flushes()); });
    CHECK_EQUAL(flushed.get_future().get(), kCanFlush);
  }
}

TEST(products_take_denormal_numbers_for_zeros_with_any_number_of_threads) {
  Random random(1);
  constexpr int64_t kDepth = 257;
  for (const int64_t n : {1, 31, 33, 300}) {
    std::vector<float> a = scaled(random.floats(n * kDepth), 1e-36f);
    const std::vector<float> b = scaled(random.floats(kDepth * n), 1e36f);
    for (size_t i = 0; i < a.size(); i += 3) a[i] *= 1e-3f;  // denormal, and together large enough to be seen
    const auto product = [&] {
      std::vector<float> c(n * n, 0.0f);
      gemm(1, ConstMatrix(a.data(), n, kDepth), ConstMatrix(b.data(), kDepth, n), {c.data(), n, n}, GemmRegion::full,
           nullptr);
      return c;
    };
    const std::vector<float> kept = kCanFlush ? without_denormals(a) : a;
    CHECK_CLOSE(product(), reference::gemm(1, ConstMatrix(kept.data(), n, kDepth), ConstMatrix(b.data(), kDepth, n)),
                2e-5, 1e-5);
    CHECK_SAME_BITS(return doubles(product()));
    CHECK_SAME_BITS(return gram({a.data(), n, kDepth}, nullptr));
  }
}
