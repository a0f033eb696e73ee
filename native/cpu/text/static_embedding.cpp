#include "kindred/text/static_embedding.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/normalize.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kTextsAtOnce = 16;

// Rows summed in one go: the sums of longer texts are added up, so that rounding errors do not grow with the length.
constexpr int64_t kRowsAtOnce = 1024;

}  // namespace

void static_embed(const WordPiece& tokenizer, const StaticTable& table, const Texts& texts, int64_t max_tokens,
                  bool normalize, float* out, int32_t* tokens, const AbortFlag* abort) {
  if (table.vocabulary != tokenizer.size())
    fail_shape("embeddings: expected " + std::to_string(tokenizer.size()) + " rows, one per token, but received " +
               std::to_string(table.vocabulary) + ".");
  const Kernels& k = kernels();
  const int64_t dims = table.dims;
  parallel_for(texts.count, kTextsAtOnce, abort, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> ids;
    std::vector<float> part;
    for (int64_t i = begin; i < end; ++i) {
      ids.clear();
      const int64_t length = texts.offsets[i + 1] - texts.offsets[i];
      tokenizer.encode({texts.utf8 + texts.offsets[i], static_cast<size_t>(length)}, ids, abort);
      const auto found = static_cast<int64_t>(ids.size());
      if (found > INT32_MAX) throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 tokens in one text.");
      tokens[i] = static_cast<int32_t>(found);
      const int64_t count = std::min(found, max_tokens);
      float* row = out + i * dims;
      k.sum_rows_i8(table.rows, table.scales, dims, ids.data(), std::min(count, kRowsAtOnce), row);
      for (int64_t t = kRowsAtOnce; t < count; t += kRowsAtOnce) {
        if (aborted(abort)) fail_aborted();
        part.resize(dims);
        k.sum_rows_i8(table.rows, table.scales, dims, ids.data() + t, std::min(count - t, kRowsAtOnce), part.data());
        k.axpy(1.0f, part.data(), row, dims);
      }
      if (count > 0) k.scale(1.0f / static_cast<float>(count), row, dims);
      if (normalize) normalize_row(row, dims);
    }
  });
}

}  // namespace kindred
