// Typed arguments. Typed arrays are read through their own view (byteOffset included), never through the ArrayBuffer.
// lib/ validates for its users; the checks here keep a wrong call from reading outside its memory.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "kindred/runtime/error.h"
#include "kindred/sparse/csr.h"
#include "napi/napi.h"

namespace kindred::bindings {

template <class T>
struct Span {
  T* data = nullptr;
  int64_t size = 0;
};

Napi::Object ObjectIn(const Napi::Value& value, const char* name);
bool Flag(const Napi::Value& value, const char* name);  // true or false
Span<float> Floats(const Napi::Value& value, const char* name);
Span<double> Doubles(const Napi::Value& value, const char* name);
Span<int32_t> Ints(const Napi::Value& value, const char* name);
Span<uint8_t> Bytes(const Napi::Value& value, const char* name);
int64_t Count(const Napi::Value& value, const char* name);   // in [0, 2^31), so that the product of two fits an int64_t
double Number(const Napi::Value& value, const char* name);   // finite
uint64_t Whole(const Napi::Value& value, const char* name);  // an integer in [0, 2^53], as seeds are
std::string Text(const Napi::Value& value, const char* name);

// What one of these names stands for.
template <class T>
T OneOf(const Napi::Value& value, const char* name, std::initializer_list<std::pair<const char*, T>> choices) {
  const std::string text = Text(value, name);
  std::string legal;
  for (const auto& [choice, meaning] : choices) {
    if (text == choice) return meaning;
    legal += std::string(legal.empty() ? "'" : ", '") + choice + "'";
  }
  fail_value(std::string(name) + ": expected one of " + legal + " but received '" + text + "'.");
}

// { data: Float32Array, rows: number, cols: number } with data.length == rows * cols
Matrix MatrixOf(const Napi::Value& value, const char* name);

// { indptr: Int32Array, indices: Int32Array, values: Float32Array | null, rows: number, cols: number }. Only lengths
// are checked here; call check_csr (kindred/sparse/csr.h) off the JavaScript thread before the contents are trusted.
CsrView CsrOf(const Napi::Value& value, const char* name);

// The same, of which every entry has a weight.
CsrView WeightedCsrOf(const Napi::Value& value, const char* name);

// What a call returns: typed arrays of what a kernel filled, sparse rows as CsrOf takes them (without values they are
// null), numbers, strings.
Napi::Value ToJs(Napi::Env env, std::vector<float>&& values);
Napi::Value ToJs(Napi::Env env, std::vector<double>&& values);
Napi::Value ToJs(Napi::Env env, std::vector<int32_t>&& values);
Napi::Value ToJs(Napi::Env env, Csr&& csr, bool has_values = true);
Napi::Value ToJs(Napi::Env env, const std::string& text);
Napi::Value ToJs(Napi::Env env, double number);
inline Napi::Value ToJs(Napi::Env env, int64_t number) { return ToJs(env, static_cast<double>(number)); }
inline Napi::Value ToJs(Napi::Env env, int number) { return ToJs(env, static_cast<double>(number)); }

// { name: value, ... }
Napi::Object ObjectOf(Napi::Env env, std::initializer_list<std::pair<const char*, Napi::Value>> fields);

}  // namespace kindred::bindings
