// Discrete Fourier transforms of any length, fast where its prime factors are small.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace kindred {

// Mixed-radix decimation in time (Cooley and Tukey 1965): n times the sum of n's prime factors.
class Fft {
 public:
  explicit Fft(int64_t n);

  // |X[k]|^2 of n real numbers, k from 0 to n / 2. work [2 n]
  void power(const double* in, std::complex<double>* work, double* out) const;

  int64_t size() const { return n_; }

 private:
  // out[k] = sum_j in[j * stride] w^(j k) of the n numbers that are left at this level
  void transform(const double* in, int64_t stride, size_t level, int64_t n, std::complex<double>* out,
                 std::complex<double>* spare) const;

  int64_t n_;
  std::vector<int64_t> factors_;
  std::vector<std::complex<double>> roots_;  // [n] exp(-2 pi i k / n)
};

}  // namespace kindred
