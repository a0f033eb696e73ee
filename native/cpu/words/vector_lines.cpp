#include "kindred/words/vector_lines.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kLinesAtOnce = 64;

bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

constexpr double kTens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                            1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// mantissa * 10^exponent
double scaled(uint64_t mantissa, int64_t exponent) {
  auto value = static_cast<double>(mantissa);
  if (mantissa == 0) return 0;
  exponent = std::clamp<int64_t>(exponent, -400, 400);
  for (; exponent > 22; exponent -= 22) value *= 1e22;
  for (; exponent < -22; exponent += 22) value /= 1e22;
  return exponent < 0 ? value / kTens[-exponent] : value * kTens[exponent];
}

// The number that the bytes [at, end) are; false where they are none.
bool number_of(const uint8_t* at, const uint8_t* end, float& out) {
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) ++at;
  uint64_t mantissa = 0;
  int64_t exponent = 0, digits = 0;
  bool fraction = false;
  for (; at < end; ++at) {
    if (*at == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (*at < '0' || *at > '9') break;
    ++digits;
    if (mantissa < (UINT64_MAX - 9) / 10) {
      mantissa = mantissa * 10 + (*at - '0');
      exponent -= fraction;
    } else {
      exponent += !fraction;
    }
  }
  if (digits == 0) return false;
  if (at < end && (*at == 'e' || *at == 'E')) {
    ++at;
    const bool down = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) ++at;
    if (at == end) return false;
    int64_t power = 0;
    for (; at < end && *at >= '0' && *at <= '9'; ++at) power = std::min<int64_t>(power * 10 + (*at - '0'), 100000);
    exponent += down ? -power : power;
  }
  if (at != end) return false;
  const double value = scaled(mantissa, exponent);
  out = static_cast<float>(negative ? -value : value);
  return std::isfinite(out);
}

// The line [begin, end), its end aside: where its word ends.
int64_t read_line(const uint8_t* text, int64_t begin, int64_t end, int64_t dims, float* out, VectorLineFault& fault) {
  int64_t at = end;
  for (int64_t d = dims - 1; d >= 0; --d) {
    while (at > begin && is_blank(text[at - 1])) --at;
    const int64_t last = at;
    while (at > begin && !is_blank(text[at - 1])) --at;
    if (at == begin) {  // the word itself, or nothing
      fault = {LineFault::few_numbers, 0, begin, end, dims - 1 - d};
      return -1;
    }
    if (!number_of(text + at, text + last, out[d])) {
      fault = {LineFault::no_number, 0, at, last, dims - 1 - d};
      return -1;
    }
  }
  while (at > begin && is_blank(text[at - 1])) --at;
  if (at == begin) fault = {LineFault::no_word, 0, begin, end, dims};
  return at;
}

}  // namespace

VectorLines read_vector_lines(const uint8_t* text, int64_t size, int64_t dims, int64_t most, float* out,
                              VectorLineFault& fault, const AbortFlag* abort) {
  VectorLines lines;
  std::vector<int64_t> numbers;  // of the lines that are not blank
  Poll poll(abort);
  int64_t line = 0;
  while (lines.bytes < size && static_cast<int64_t>(lines.begins.size()) < most) {
    const auto* feed = static_cast<const uint8_t*>(std::memchr(text + lines.bytes, '\n', size - lines.bytes));
    if (!feed) break;
    int64_t begin = lines.bytes, end = feed - text;
    poll(1 + (end - begin) / 16);
    lines.bytes = end + 1;
    if (end > begin && text[end - 1] == '\r') --end;
    while (end > begin && is_blank(text[end - 1])) --end;
    if (begin == end) {
      ++lines.blank;
    } else {
      lines.begins.push_back(static_cast<int32_t>(begin));
      lines.ends.push_back(static_cast<int32_t>(end));
      numbers.push_back(line);
    }
    ++line;
  }
  const auto count = static_cast<int64_t>(lines.begins.size());
  const int64_t chunks = (count + kLinesAtOnce - 1) / kLinesAtOnce;
  std::vector<VectorLineFault> faults(chunks);
  parallel_for(count, kLinesAtOnce, abort, [&](int64_t first, int64_t last) {
    Poll poll(abort);
    VectorLineFault& found = faults[first / kLinesAtOnce];
    for (int64_t n = first; n < last && found.fault == LineFault::none; ++n) {
      poll(4 * dims);
      const int64_t end = read_line(text, lines.begins[n], lines.ends[n], dims, out + n * dims, found);
      if (found.fault == LineFault::none) lines.ends[n] = static_cast<int32_t>(end);
      found.line = numbers[n];
    }
  });
  for (const VectorLineFault& found : faults)
    if (found.fault != LineFault::none) {
      fault = found;
      break;
    }
  return lines;
}

}  // namespace kindred
