// Preloaded into a process, an operator new that fails on request where the addon calls it. KINDRED_FAILING_NEW names a
// file of two 64-bit integers: allocations that still succeed, and failures that follow them; whoever writes them arms
// it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

struct Order {
  std::atomic<int64_t> successes;
  std::atomic<int64_t> failures;
};

Order* map_order() {
  const char* path = std::getenv("KINDRED_FAILING_NEW");
  const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* memory = mmap(nullptr, sizeof(Order), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<Order*>(memory);
}

Order* const order = map_order();

bool fails(void* caller) {
  if (order == nullptr || order->failures.load() <= 0) return false;
  Dl_info info;
  if (dladdr(caller, &info) == 0 || std::strstr(info.dli_fname, "kindred.node") == nullptr) return false;
  return order->successes.fetch_sub(1) <= 0 && order->failures.fetch_sub(1) > 0;
}

void* allocate(size_t size, size_t alignment, void* caller) {
  if (fails(caller)) return nullptr;
  if (size == 0) size = 1;
  return alignment == 0 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

void* allocated(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return allocated(allocate(size, 0, __builtin_return_address(0))); }
void* operator new[](size_t size) { return allocated(allocate(size, 0, __builtin_return_address(0))); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 0, __builtin_return_address(0));
}
void* operator new(size_t size, std::align_val_t alignment) {
  return allocated(allocate(size, static_cast<size_t>(alignment), __builtin_return_address(0)));
}
