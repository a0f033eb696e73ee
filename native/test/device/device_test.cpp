// What stands between the callers and a library of CUDA kernels, over the emulated one. In the order written: a process
// decides once, and a device that is lost stays lost.
#include <chrono>
#include <thread>

#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

#ifdef EMULATED_CUDA

namespace {

int64_t held() {
  int64_t held = 0, working = 0, limit = 0;
  gpu().call("asking", gpu().table().context_memory, gpu().context(), &held, &working, &limit);
  return held;
}

}  // namespace

TEST(nothing_is_opened_by_itself) {
  CHECK_EQUAL(device_state().decided, false);
  CHECK_THROWS("ERR_DEVICE", "no device was opened", gpu());
}

TEST(what_is_no_library_of_kernels_is_refused) {
  CHECK_THROWS("ERR_DEVICE", "does not open", open_device("/none.so", ""));
  CHECK_EQUAL(device_state().decided, false);
}

TEST(limits_are_read_with_units) {
  for (const char* text : {"x", "-1", "0", "1e99", "5GB", "5 GiB", "nan", "inf", "0x1GiB!"}) {
    CHECK_THROWS("ERR_VALUE", "KINDRED_CUDA_MEMORY", open_device(EMULATED_CUDA, text));
  }
  open_device(EMULATED_CUDA, "10.5MiB");
  CHECK_EQUAL(device_state().limit, int64_t{21} << 19);
  CHECK_EQUAL(device_state().name, "emulated on the host");
}

TEST(the_first_decision_stands) {
  refuse_device("too late");
  open_device("/none.so", "");
  CHECK(device_state().usable);
}

TEST(matrices_of_many_threads_come_back_as_they_went_and_leave_nothing_behind) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      Random random(t);
      for (int n = 0; n < 50; ++n) {
        const int64_t rows = random.integer(0, 40), cols = random.integer(1, 9);
        const Padded matrix(rows, cols, random.integer(0, 3), random.floats(rows * cols));
        const auto there = DeviceMatrix::upload(matrix.view(), nullptr);
        Padded back(rows, cols, random.integer(0, 3), std::vector<float>(rows * cols));
        there->read(0, back.view(), nullptr);
        CHECK(back.values() == matrix.values());
        CHECK(back.gaps_untouched());
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(held(), int64_t{0});
}

TEST(memory_that_was_let_go_of_is_there_for_the_next_call) {
  auto matrix = std::make_shared<DeviceMatrix>(1024, 2000);
  for (int n = 0; n < 100; ++n) {
    matrix.reset();
    matrix = std::make_shared<DeviceMatrix>(1024, 2000);  // two of them exceed the limit
  }
  CHECK_THROWS("ERR_OUT_OF_MEMORY",
               "[1024, 2000]: 8192000 bytes of device memory are needed and 2818048 bytes are free",
               DeviceMatrix(1024, 2000));
}

TEST(parts_that_do_not_fit_are_refused) {
  DeviceMatrix matrix(4, 3);
  std::vector<float> data(12);
  CHECK_THROWS("ERR_SHAPE", "[4, 3]", matrix.write(2, {data.data(), 3, 3}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "[4, 3]", matrix.read(0, {data.data(), 4, 2}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "[4, 3]", matrix.read(-1, {data.data(), 1, 3}, nullptr));
}

TEST(a_call_is_cancelled_by_its_flag) {
  DeviceMatrix matrix(1024, 2000);  // goes in two pieces
  std::vector<float> data(1024 * 2000);
  AbortFlag abort = false;
  setenv("KINDRED_EMULATED_SLOW", "500", 1);
  std::thread raiser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    abort = true;
  });
  CHECK_THROWS("ERR_ABORTED", "aborted", matrix.write(0, {data.data(), 1024, 2000}, &abort));
  raiser.join();
  unsetenv("KINDRED_EMULATED_SLOW");
}

TEST(a_device_that_is_lost_stays_lost_for_every_thread) {
  Random random(7);
  const auto data = random.floats(12);
  const auto matrix = DeviceMatrix::upload({data.data(), 4, 3}, nullptr);
  setenv("KINDRED_EMULATED_LOST", "1", 1);
  CHECK_THROWS("ERR_DEVICE", "the device was lost", matrix->normalize_rows());
  unsetenv("KINDRED_EMULATED_LOST");
  std::thread([&] { CHECK_THROWS("ERR_DEVICE", "the device was lost", matrix->normalize_rows()); }).join();
  CHECK(!device_state().usable);
}

#endif
