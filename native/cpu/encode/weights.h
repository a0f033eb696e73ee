// The weights of an encoder, packed.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cpu/encode/packed_product.h"
#include "kindred/encode/encoder.h"

namespace kindred::encode {

struct Norm {
  std::vector<float> gamma, beta;
  explicit Norm(int64_t dims) : gamma(dims), beta(dims) {}
};

struct Layer {
  PackedProduct query, key, value, output, intermediate, outer;
  Norm attended, last;
  int64_t heads;
  Layer(const EncoderShape& shape, Precision precision, int64_t heads);
};

struct Weights {
  LargeVector<float> words, positions, types;
  Norm embedded;
  std::unique_ptr<PackedProduct> widening;  // null where tables are as wide as states
  std::vector<float> distances;             // [buckets, heads]
  std::vector<std::unique_ptr<Layer>> layers;

  Weights(const EncoderShape& shape, Precision precision);
  // ERR_VALUE for a name that there is none of, ERR_SHAPE for another count of numbers
  void write(const std::string& name, const float* values, int64_t size);
  int64_t bytes() const;

 private:
  struct Plain {
    float* data;
    int64_t size;
  };
  void add(const std::string& name, PackedProduct& product);
  void add(const std::string& name, Norm& norm);
  template <class Numbers>
  void add(const std::string& name, Numbers& numbers);

  std::unordered_map<std::string, Plain> plain_;
  std::unordered_map<std::string, PackedProduct*> products_, biases_;
};

}  // namespace kindred::encode
