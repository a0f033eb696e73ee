#include "kindred/runtime/large_pages.h"

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
#ifdef __linux__
  // Only a wish: without it the pages are small.
  if (bytes >= kPage) madvise(memory, bytes / kPage * kPage, MADV_HUGEPAGE);
#endif
  return memory;
}

void free_large(void* memory, size_t bytes) { ::operator delete(memory, alignment(bytes)); }

}  // namespace kindred
