// Memory of large arrays on pages of 2 MiB where the system grants them: packing a matrix touches a page a row, more of
// 4 KiB than the processor keeps translations of.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace kindred {

// Begins on a cache line; std::bad_alloc where there is none.
void* allocate_large(size_t bytes);
void free_large(void* memory, size_t bytes);  // as many as were allocated

// Wishes large pages for memory that somebody else allocated and nobody has written to yet.
void wish_large(void* memory, size_t bytes);

// Of a vector whose elements begin as they come, unless a value is given for them.
template <class T>
struct LargePages {
  using value_type = T;

  LargePages() = default;
  template <class U>
  LargePages(const LargePages<U>&) {}

  T* allocate(size_t n) { return static_cast<T*>(allocate_large(n * sizeof(T))); }
  void deallocate(T* memory, size_t n) { free_large(memory, n * sizeof(T)); }
  void construct(T* at) { ::new (at) T; }
  void construct(T* at, const T& value) { ::new (at) T(value); }

  template <class U>
  bool operator==(const LargePages<U>&) const {
    return true;
  }
};

template <class T>
using LargeVector = std::vector<T, LargePages<T>>;

}  // namespace kindred
