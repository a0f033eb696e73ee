// The ids of many texts, on all threads.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "kindred/runtime/poll.h"
#include "kindred/runtime/thread_pool.h"
#include "napi/arguments.h"
#include "napi/strings.h"

namespace kindred::bindings {

struct Encoded {
  std::vector<int32_t> ids, ends;  // of all texts one after the other, and where those of each end
};

inline Napi::Object ToJsObject(Napi::Env env, Encoded& out) {
  return ObjectOf(env, {{"ids", ToJs(env, std::move(out.ids))}, {"ends", ToJs(env, std::move(out.ends))}});
}

// tokenizer.encode(text, ids, abort) appends the ids of a text.
template <class Tokenizer>
Encoded EncodeAll(const Tokenizer& tokenizer, const Strings& texts, const AbortFlag* abort) {
  // Fewer of long texts, so that there is work for all threads.
  constexpr int64_t kTextsAtOnce = 16, kBytesAtOnce = 1 << 14;
  const int64_t mean = static_cast<int64_t>(texts.offsets.back()) / std::max<int64_t>(texts.count(), 1) + 1;
  const int64_t at_once = std::clamp<int64_t>(kBytesAtOnce / mean, 1, kTextsAtOnce);
  std::vector<std::vector<int32_t>> each(texts.count());
  parallel_for(texts.count(), at_once, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const char* const utf8 = texts.utf8.data();
      tokenizer.encode(std::string_view(utf8 + texts.offsets[i], texts.offsets[i + 1] - texts.offsets[i]), each[i],
                       abort);
    }
  });
  Encoded out;
  Poll poll(abort);
  for (const auto& ids : each) {
    poll(static_cast<int64_t>(ids.size()) + 1);
    out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    if (out.ids.size() > INT32_MAX) throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 tokens at a time.");
    out.ends.push_back(static_cast<int32_t>(out.ids.size()));
  }
  return out;
}

}  // namespace kindred::bindings
