#include "cpu/search/vector_block.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace kindred {
namespace {

constexpr int64_t kHugePage = int64_t{1} << 21;

bool has_scales(const IndexKind& kind) { return kind.dtype == Dtype::i8; }
bool has_biases(const IndexKind& kind) { return kind.dtype != Dtype::f32 && kind.metric == Metric::euclidean; }
bool has_rows(const IndexKind& kind) { return kind.dtype != Dtype::f32 && kind.exact; }

}  // namespace

PagedBytes::PagedBytes(int64_t bytes)
    : bytes_(bytes),
      alignment_(bytes >= kHugePage ? kHugePage : 64),
      data_(::operator new(bytes, std::align_val_t{alignment_})) {
#if defined(__linux__)
  // If refused, only page walks become slower.
  if (bytes_ >= kHugePage) madvise(data_, bytes_ / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
}

VectorBlock::VectorBlock(const IndexKind& kind, int64_t panels)
    : kind_(kind),
      units_(units_of(kind.dtype, kind.dims)),
      panel_words_((units_ + has_scales(kind) + has_biases(kind)) * kPanel),
      words_(panels * panel_words_),
      rows_(has_rows(kind) ? panels * kPanel * kind.dims : 0) {
  std::fill_n(words_.data(), panels * panel_words_, 0u);
}

void VectorBlock::copy(const VectorBlock& from, int64_t panels) {
  std::copy_n(from.words_.data(), panels * panel_words_, words_.data());
  if (has_rows(kind_)) std::copy_n(from.rows_.data(), panels * kPanel * kind_.dims, rows_.data());
  bounds_.include(from.bounds_);
}

const float* VectorBlock::scales(int64_t p) const {
  return has_scales(kind_) ? reinterpret_cast<const float*>(panel(p) + units_ * kPanel) : nullptr;
}

const float* VectorBlock::biases(int64_t p) const {
  return has_biases(kind_) ? reinterpret_cast<const float*>(panel(p) + (units_ + has_scales(kind_)) * kPanel) : nullptr;
}

CodeBounds VectorBlock::put(int64_t row, const float* vector, CodedVector& scratch) {
  uint32_t* const out = words_.data() + place_in_block(row, units_, panel_words_);
  if (kind_.dtype == Dtype::f32) {
    for (int64_t t = 0; t < units_; ++t) out[t * kHalfPanel] = std::bit_cast<uint32_t>(vector[t]);
    return {};
  }
  scratch.encode(vector);
  // Items of int8 are unsigned bytes: 128 more than the code.
  const uint32_t offset = kind_.dtype == Dtype::i8 ? 0x80808080u : 0;
  for (int64_t t = 0; t < units_; ++t) out[t * kHalfPanel] = scratch.word(t) ^ offset;
  CodeBounds bounds{scratch.error(), scratch.norm(), 0};
  uint32_t* const extras = words_.data() + row / kPanel * panel_words_ + units_ * kPanel + row % kPanel;
  if (has_scales(kind_)) extras[0] = std::bit_cast<uint32_t>(scratch.scale());
  if (has_biases(kind_)) {
    // Exact codes stand for the vector, others for themselves.
    double square = 0;
    for (int64_t t = 0; t < kind_.dims; ++t) square += static_cast<double>(vector[t]) * vector[t];
    if (!kind_.exact) square = scratch.norm() * scratch.norm();
    const float bias = static_cast<float>(-square / 2);
    extras[has_scales(kind_) * kPanel] = std::bit_cast<uint32_t>(bias);
    bounds.bias = -static_cast<double>(bias);
  }
  if (has_rows(kind_)) std::copy_n(vector, kind_.dims, rows_.data() + row * kind_.dims);
  return bounds;
}

void VectorBlock::get(int64_t row, float* out) const {
  const uint32_t* const words = words_.data() + place_in_block(row, units_, panel_words_);
  const auto word = [&](int64_t t) { return words[t * kHalfPanel]; };
  if (has_rows(kind_)) {
    std::copy_n(rows() + row * kind_.dims, kind_.dims, out);
  } else if (kind_.dtype == Dtype::f32) {
    for (int64_t t = 0; t < kind_.dims; ++t) out[t] = std::bit_cast<float>(word(t));
  } else if (kind_.dtype == Dtype::bf16) {
    for (int64_t t = 0; t < kind_.dims; ++t) out[t] = float_of_bf16(word(t / 2) >> (t % 2 * 16) & 0xFFFFu);
  } else {
    const float scale = std::bit_cast<float>(panel(row / kPanel)[units_ * kPanel + row % kPanel]);
    for (int64_t t = 0; t < kind_.dims; ++t)
      out[t] = static_cast<float>(static_cast<int>(word(t / 4) >> (t % 4 * 8) & 0xFFu) - 128) * scale;
  }
}

}  // namespace kindred
