// The memory of an index, in blocks of rows.
#pragma once

#include <memory>
#include <new>

#include "cpu/search/metric_rows.h"
#include "cpu/search/vector_codes.h"

namespace kindred {

// Small enough that appending a row copies little, large enough that panels stream: 2 MiB of f32 at 128 dims.
constexpr int64_t kRowsOfBlock = 4096;
constexpr int64_t kPanelsOfBlock = kRowsOfBlock / kPanel;

// Where the first word of a row of a block lies, in words from the start of the block; the others follow kHalfPanel
// apart.
constexpr int64_t place_in_block(int64_t row, int64_t units, int64_t panel_words) {
  return row / kPanel * panel_words + place_in_panel(row % kPanel, units);
}

// Memory on whole cache lines, on huge pages where they are many: a scan of 4 KiB pages waits for page walks.
class PagedBytes {
 public:
  explicit PagedBytes(int64_t bytes);
  ~PagedBytes() { ::operator delete(data_, std::align_val_t{alignment_}); }
  PagedBytes(const PagedBytes&) = delete;
  PagedBytes& operator=(const PagedBytes&) = delete;

  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
  size_t alignment_;
  void* data_;
};

template <class T>
class PagedArray {
 public:
  explicit PagedArray(int64_t count) : memory_(count * static_cast<int64_t>(sizeof(T))) {}

  T* data() const { return static_cast<T*>(memory_.data()); }
  int64_t bytes() const { return memory_.bytes(); }

 private:
  PagedBytes memory_;
};

// Panels of up to kRowsOfBlock rows, one after another: the words of both halves, then for int8 the scales [kPanel],
// and for codes by the Euclidean distance the biases [kPanel], -|x|^2 / 2. With exact codes also the rows, in f32.
class VectorBlock {
 public:
  VectorBlock(const IndexKind& kind, int64_t panels);

  // Whole panels and their rows from another block of the kind. Bounds are those of that block.
  void copy(const VectorBlock& from, int64_t panels);

  // `row` of the block becomes `vector` [dims]. Different panels may be written at once; bounds are not updated.
  CodeBounds put(int64_t row, const float* vector, CodedVector& scratch);
  void include(const CodeBounds& bounds) { bounds_.include(bounds); }

  // out [dims]: what a row of the block is scored as.
  void get(int64_t row, float* out) const;

  // Kernels load words and numbers alike from a panel (vectors that may alias either).
  const uint32_t* panel(int64_t p) const { return words_.data() + p * panel_words_; }
  int64_t panel_words() const { return panel_words_; }
  const float* scales(int64_t p) const;               // [kPanel] of int8, else null; for kernels, as the panel is
  const float* biases(int64_t p) const;               // [kPanel], or null; likewise
  const float* rows() const { return rows_.data(); }  // [rows, dims] of exact codes
  const CodeBounds& bounds() const { return bounds_; }
  int64_t bytes() const { return words_.bytes() + rows_.bytes(); }

 private:
  IndexKind kind_;
  int64_t units_, panel_words_;
  PagedArray<uint32_t> words_;
  PagedArray<float> rows_;
  CodeBounds bounds_;
};

}  // namespace kindred
