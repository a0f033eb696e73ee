// What the families of top-k take and return.
#pragma once

#include <string>
#include <vector>

#include "kindred/search/similarity.h"
#include "napi/arguments.h"

namespace kindred::bindings {

Metric MetricOf(const Napi::Value& value);

// exclude: Csr | null and candidates: Uint8Array | null, [1 or queries, ceil(items / 8)]
struct Filter {
  Filter(const Napi::Value& exclude_value, const Napi::Value& candidates_value, int64_t queries, int64_t items);

  // Checks the exclusion list; call it off the JavaScript thread.
  ItemFilter checked(const AbortFlag* abort) const;

  bool has_exclude = false;
  CsrView exclude;
  const uint8_t* allow = nullptr;
  bool allow_shared = true;
};

struct Lists {
  Lists(int64_t queries, int64_t k) : indices(queries * k), scores(queries * k) {}
  TopK view() { return {indices.data(), scores.data()}; }

  std::vector<int32_t> indices;
  std::vector<float> scores;
};

Napi::Value ListsToJs(Napi::Env env, Lists& lists);

}  // namespace kindred::bindings
