#include "kindred/runtime/large_pages.h"

#include <cstdint>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace kindred {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kPage = size_t{1} << 21;

std::align_val_t alignment(size_t bytes) { return std::align_val_t{bytes < kPage ? kLine : kPage}; }

}  // namespace

void* allocate_large(size_t bytes) {
  void* const memory = ::operator new(bytes, alignment(bytes));
  wish_large(memory, bytes);
  return memory;
}

void wish_large([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#ifdef __linux__
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t first = (begin + kPage - 1) / kPage * kPage, end = (begin + bytes) / kPage * kPage;
  // Only a wish: without it the pages are small.
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

void free_large(void* memory, size_t bytes) { ::operator delete(memory, alignment(bytes)); }

}  // namespace kindred
