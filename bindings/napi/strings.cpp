#include "napi/strings.h"

#include <algorithm>

#include "kindred/runtime/error.h"

namespace kindred::bindings {
namespace {

constexpr size_t kFirstBuffer = 1 << 16;
constexpr uint32_t kStringsPerScope = 1024;  // a scope frees its handles together

}  // namespace

Strings StringsOf(const Napi::Value& value, int64_t begin, int64_t end, const char* name) {
  if (!value.IsArray()) fail_value(std::string(name) + ": expected an array of strings.");
  const auto array = value.As<Napi::Array>();
  if (begin < 0 || begin > end || end > array.Length())
    fail_value(std::string(name) + ": expected a range within " + std::to_string(array.Length()) + " strings.");
  const napi_env env = value.Env();
  Strings out;
  out.offsets.reserve(end - begin + 1);
  out.offsets.push_back(0);
  out.utf8.resize(kFirstBuffer);
  size_t used = 0;
  for (int64_t first = begin; first < end; first += kStringsPerScope) {
    const Napi::HandleScope scope(value.Env());
    const int64_t last = std::min<int64_t>(end, first + kStringsPerScope);
    for (int64_t i = first; i < last; ++i) {
      napi_value element;
      if (napi_get_element(env, array, static_cast<uint32_t>(i), &element) != napi_ok) throw Napi::Error::New(env);
      for (;;) {
        // One call for the bytes alone: asking for the length first costs as much again. What does not fit is cut at a
        // whole character, so a buffer filled to the last few bytes may be short.
        const size_t room = out.utf8.size() - used;
        size_t copied = 0;
        if (napi_get_value_string_utf8(env, element, out.utf8.data() + used, room, &copied) != napi_ok)
          fail_value(std::string(name) + "[" + std::to_string(i) + "]: expected a string.");
        if (copied + 8 <= room) {
          used += copied;
          break;
        }
        out.utf8.resize(out.utf8.size() * 2);
      }
      out.offsets.push_back(static_cast<int64_t>(used));
    }
  }
  return out;
}

Strings StringsOf(const Napi::Value& value, const char* name) {
  return StringsOf(value, 0, value.IsArray() ? value.As<Napi::Array>().Length() : 0, name);
}

}  // namespace kindred::bindings
