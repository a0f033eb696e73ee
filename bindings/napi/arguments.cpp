#include "napi/arguments.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <new>

#include "napi/environment.h"

namespace kindred::bindings {
namespace {

// What takes some 0.1 ms; more is copied off the JavaScript thread.
constexpr size_t kCopiedAtOnce = 1 << 18;

template <class T, class Array>
Span<T> View(const Napi::Value& value, const char* name, napi_typedarray_type type, const char* expected) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    fail_value(std::string(name) + ": expected a " + expected + ".");
  auto array = value.As<Array>();
  // A buffer that shrinks under a kernel takes its memory with it.
  if (array.ArrayBuffer().Get("resizable").ToBoolean())
    fail_value(std::string(name) + ": expected memory of a fixed size but received a resizable ArrayBuffer.");
  Environment::Of(value.Env()).arguments.push_back(array);
  return {reinterpret_cast<T*>(array.Data()), static_cast<int64_t>(array.ElementLength())};
}

// Copied into memory that JavaScript allocates: Node-API runtimes with a memory cage refuse external buffers, and the
// copy costs less than the kernel that made the numbers. The constructor throws where memory is short; the Node-API's
// own function ends the process.
template <class T>
Napi::Value Copy(Napi::Env env, const char* type, std::vector<T>&& values) {
  const auto constructor = env.Global().Get(type).As<Napi::Function>();
  Napi::Object array;
  try {
    array = constructor.New({Napi::Number::New(env, static_cast<double>(values.size()))});
  } catch (const Napi::Error&) {  // RangeError: Array buffer allocation failed
    throw std::bad_alloc();
  }
  size_t length = 0;
  void* to = nullptr;
  if (napi_get_typedarray_info(env, array, nullptr, &length, &to, nullptr, nullptr) != napi_ok ||
      length != values.size())
    throw Error("ERR_INTERNAL", std::string("globalThis.") + type + " is not JavaScript's own.");
  if (values.empty()) return array;
  const size_t bytes = values.size() * sizeof(T);
  auto* copies = Environment::Of(env).copies;
  if (copies && bytes >= kCopiedAtOnce) {
    const auto from = std::make_shared<std::vector<T>>(std::move(values));
    copies->push_back([=] { std::memcpy(to, from->data(), bytes); });
  } else {
    std::memcpy(to, values.data(), bytes);
  }
  return array;
}

}  // namespace

Span<float> Floats(const Napi::Value& value, const char* name) {
  return View<float, Napi::Float32Array>(value, name, napi_float32_array, "Float32Array");
}
Span<double> Doubles(const Napi::Value& value, const char* name) {
  return View<double, Napi::Float64Array>(value, name, napi_float64_array, "Float64Array");
}
Span<int32_t> Ints(const Napi::Value& value, const char* name) {
  return View<int32_t, Napi::Int32Array>(value, name, napi_int32_array, "Int32Array");
}
Span<uint8_t> Bytes(const Napi::Value& value, const char* name) {
  return View<uint8_t, Napi::Uint8Array>(value, name, napi_uint8_array, "Uint8Array");
}

Napi::Object ObjectIn(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) fail_value(std::string(name) + ": expected an object.");
  return value.As<Napi::Object>();
}

double Number(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) fail_value(std::string(name) + ": expected a number.");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number)) fail_value(std::string(name) + ": expected a finite number.");
  return number;
}

int64_t Count(const Napi::Value& value, const char* name) {
  const double number = Number(value, name);
  if (number < 0 || number > INT32_MAX || number != std::floor(number))
    fail_value(std::string(name) + ": expected an integer from 0 to 2147483647 but received " + std::to_string(number) +
               ".");
  return static_cast<int64_t>(number);
}

uint64_t Whole(const Napi::Value& value, const char* name) {
  const double number = Number(value, name);
  if (number < 0 || number > 0x1p53 || number != std::floor(number))
    fail_value(std::string(name) + ": expected an integer from 0 to 2^53 but received " + std::to_string(number) + ".");
  return static_cast<uint64_t>(number);
}

std::string Text(const Napi::Value& value, const char* name) {
  if (!value.IsString()) fail_value(std::string(name) + ": expected a string.");
  return value.As<Napi::String>().Utf8Value();
}

Matrix MatrixOf(const Napi::Value& value, const char* name) {
  const Napi::Object object = ObjectIn(value, name);
  const auto data = Floats(object.Get("data"), name);
  const int64_t rows = Count(object.Get("rows"), name), cols = Count(object.Get("cols"), name);
  if (rows * cols != data.size)
    fail_shape(std::string(name) + ": expected rows * cols = data.length but received [" + std::to_string(rows) + ", " +
               std::to_string(cols) + "] over " + std::to_string(data.size) + " numbers.");
  return {data.data, rows, cols};
}

CsrView CsrOf(const Napi::Value& value, const char* name) {
  const Napi::Object object = ObjectIn(value, name);
  const auto indptr = Ints(object.Get("indptr"), name), indices = Ints(object.Get("indices"), name);
  CsrView csr;
  csr.indptr = indptr.data;
  csr.indices = indices.data;
  csr.rows = Count(object.Get("rows"), name);
  csr.cols = Count(object.Get("cols"), name);
  if (const Napi::Value values = object.Get("values"); !values.IsNull() && !values.IsUndefined()) {
    const auto floats = Floats(values, name);
    if (floats.size != indices.size) fail_shape(std::string(name) + ": values and indices differ in length.");
    csr.values = floats.data;
  }
  if (indptr.size != csr.rows + 1 || indptr.data[csr.rows] != indices.size)
    fail_shape(std::string(name) + ": expected rows + 1 row pointers that end at indices.length.");
  return csr;
}

CsrView WeightedCsrOf(const Napi::Value& value, const char* name) {
  const CsrView csr = CsrOf(value, name);
  if (!csr.values && csr.nonzeros() > 0) fail_value(std::string(name) + ": expected weights.");
  return csr;
}

Napi::Value ToJs(Napi::Env env, std::vector<float>&& values) { return Copy(env, "Float32Array", std::move(values)); }
Napi::Value ToJs(Napi::Env env, std::vector<double>&& values) { return Copy(env, "Float64Array", std::move(values)); }
Napi::Value ToJs(Napi::Env env, std::vector<int32_t>&& values) { return Copy(env, "Int32Array", std::move(values)); }

Napi::Value ToJs(Napi::Env env, const std::string& text) { return Napi::String::New(env, text); }
Napi::Value ToJs(Napi::Env env, double number) { return Napi::Number::New(env, number); }

Napi::Value ToJs(Napi::Env env, Csr&& csr, bool has_values) {
  return ObjectOf(env, {{"rows", ToJs(env, csr.rows)},
                        {"cols", ToJs(env, csr.cols)},
                        {"indptr", ToJs(env, std::move(csr.indptr))},
                        {"indices", ToJs(env, std::move(csr.indices))},
                        {"values", has_values ? ToJs(env, std::move(csr.values)) : env.Null()}});
}

Napi::Object ObjectOf(Napi::Env env, std::initializer_list<std::pair<const char*, Napi::Value>> fields) {
  auto object = Napi::Object::New(env);
  for (const auto& [name, value] : fields) object.Set(name, value);
  return object;
}

bool Flag(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) fail_value(std::string(name) + ": expected a boolean.");
  return value.As<Napi::Boolean>().Value();
}

}  // namespace kindred::bindings
