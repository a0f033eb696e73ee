#include "reference/words/words.h"

#include <cmath>
#include <cstdlib>

namespace kindred::reference {
namespace {

double product(const double* a, const double* b, int64_t n) {
  double sum = 0;
  for (int64_t d = 0; d < n; ++d) sum += a[d] * b[d];
  return sum;
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

void skip_gram_batch(WordVectors& m, const std::vector<WordPair>& pairs, const std::vector<int32_t>& negatives,
                     double rate) {
  const int64_t width = m.width;
  const WordVectors before = m;
  std::vector<double> ascents(negatives.size() * width, 0);
  for (const WordPair& pair : pairs) {
    double *x = m.X.data() + pair.input * width, *y = m.Y.data() + pair.output * width;
    const double* x_before = before.X.data() + pair.input * width;
    const double own = rate * (1 - logistic(product(x_before, before.Y.data() + pair.output * width, width)));
    std::vector<double> errors;
    for (const int32_t negative : negatives) {
      const double* n = before.Y.data() + negative * width;
      errors.push_back(negative == pair.output ? 0 : -rate * logistic(product(x_before, n, width)));
    }
    for (int64_t d = 0; d < width; ++d) {
      const double a = x[d];
      x[d] += own * y[d];
      y[d] += own * a;
      for (size_t k = 0; k < negatives.size(); ++k) {
        x[d] += errors[k] * before.Y[negatives[k] * width + d];
        ascents[k * width + d] += errors[k] * a;
      }
    }
  }
  for (size_t k = 0; k < negatives.size(); ++k)
    for (int64_t d = 0; d < width; ++d) m.Y[negatives[k] * width + d] += ascents[k * width + d];
}

void cbow_batch(WordVectors& m, const std::vector<WordWindow>& windows, double rate) {
  const int64_t width = m.width;
  const WordVectors before = m;
  for (const WordWindow& window : windows) {
    std::vector<double> mean(width, 0), ascent(width, 0);
    for (const int32_t input : window.inputs)
      for (int64_t d = 0; d < width; ++d)
        mean[d] += before.X[input * width + d] / static_cast<double>(window.inputs.size());
    for (size_t k = 0; k < window.outputs.size(); ++k) {
      const int32_t output = window.outputs[k];
      if (k > 0 && output == window.outputs[0]) continue;
      const double* y = before.Y.data() + output * width;
      const double error = rate * ((k == 0 ? 1 : 0) - logistic(product(mean.data(), y, width)));
      for (int64_t d = 0; d < width; ++d) {
        ascent[d] += error * y[d];
        m.Y[output * width + d] += error * mean[d];
      }
    }
    for (const int32_t input : window.inputs)
      for (int64_t d = 0; d < width; ++d) m.X[input * width + d] += ascent[d];
  }
}

double glove_step(GloveVectors& m, const MetPair& pair, double rate, double most, double exponent) {
  const int64_t width = m.width;
  double *x = m.X.data() + pair.row * width, *y = m.Y.data() + pair.column * width;
  const double error = product(x, y, width) + m.x_bias[pair.row] + m.y_bias[pair.column] - std::log(pair.count);
  const double weighted = (pair.count < most ? std::pow(pair.count / most, exponent) : 1) * error;
  const auto step = [](double& value, double& squares, double g) {
    value -= g / std::sqrt(squares);
    squares += g * g;
  };
  for (int64_t d = 0; d < width; ++d) {
    const double of_x = rate * weighted * y[d], of_y = rate * weighted * x[d];
    step(x[d], m.X_squares[pair.row * width + d], of_x);
    step(y[d], m.Y_squares[pair.column * width + d], of_y);
  }
  step(m.x_bias[pair.row], m.x_bias_squares[pair.row], rate * weighted);
  step(m.y_bias[pair.column], m.y_bias_squares[pair.column], rate * weighted);
  return 0.5 * weighted * error;
}

std::map<std::pair<int32_t, int32_t>, double> cooccurrences(const std::vector<int32_t>& tokens, int64_t window) {
  std::map<std::pair<int32_t, int32_t>, double> out;
  const auto size = static_cast<int64_t>(tokens.size());
  for (int64_t i = 0; i < size; ++i) {
    if (tokens[i] < 0) continue;
    for (int64_t j = i + 1; j < size && j - i <= window && tokens[j] >= 0; ++j) {
      out[{tokens[i], tokens[j]}] += 1 / static_cast<double>(j - i);
      out[{tokens[j], tokens[i]}] += 1 / static_cast<double>(j - i);
    }
  }
  return out;
}

std::vector<double> weighted_means(const std::vector<float>& vectors, int64_t dims, const std::vector<float>& weights,
                                   const std::vector<int32_t>& ids, const std::vector<int32_t>& offsets) {
  std::vector<double> out((offsets.size() - 1) * dims, 0);
  for (size_t s = 0; s + 1 < offsets.size(); ++s)
    for (int32_t n = offsets[s]; n < offsets[s + 1]; ++n)
      for (int64_t d = 0; d < dims; ++d)
        out[s * dims + d] += static_cast<double>(weights[ids[n]]) * vectors[ids[n] * dims + d] /
                             static_cast<double>(offsets[s + 1] - offsets[s]);
  return out;
}

}  // namespace kindred::reference
