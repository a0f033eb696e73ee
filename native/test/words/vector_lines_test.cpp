#include "kindred/words/vector_lines.h"

#include <cstdlib>
#include <string>

#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Read {
  VectorLines lines;
  VectorLineFault fault;
  std::vector<float> numbers;
  std::vector<std::string> words;
};

Read read(const std::string& text, int64_t dims, int64_t most = 1000) {
  Read out;
  out.numbers.resize(most * dims, 99);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  out.lines =
      read_vector_lines(bytes, static_cast<int64_t>(text.size()), dims, most, out.numbers.data(), out.fault, nullptr);
  out.numbers.resize(out.lines.begins.size() * dims);
  if (out.fault.fault == LineFault::none)
    for (size_t n = 0; n < out.lines.begins.size(); ++n)
      out.words.push_back(text.substr(out.lines.begins[n], out.lines.ends[n] - out.lines.begins[n]));
  return out;
}

}  // namespace

TEST(words_and_numbers_are_read) {
  const Read one = read("the 1 -2.5\r\n\n  \na b\t+3e1 .5 \n. . 0 1.\nleft 1 2", 2);
  CHECK(one.fault.fault == LineFault::none);
  CHECK(one.words == (std::vector<std::string>{"the", "a b", ". ."}));
  CHECK_CLOSE(one.numbers, (std::vector<double>{1, -2.5, 30, 0.5, 0, 1}), 0, 0);
  CHECK_EQUAL(one.lines.blank, int64_t{2});
  CHECK_EQUAL(one.lines.bytes, int64_t{38});
  CHECK(read("", 2).words.empty());
  CHECK(read("a 1 2\nb 1 2\nc 1 2\n", 2, 2).words == (std::vector<std::string>{"a", "b"}));
  CHECK(read("7 1 2\n", 2).words == (std::vector<std::string>{"7"}));
}

TEST(numbers_are_the_nearest_floats) {
  Random random(1);
  for (int n = 0; n < 20000; ++n) {
    char text[64];
    const double value = random.uniform(-1, 1) * std::pow(10, static_cast<double>(random.integer(-30, 30)));
    const char* const formats[] = {"%.9g", "%.6f", "%.17g", "%.3e"};
    std::snprintf(text, sizeof text, formats[n % 4], value);
    const Read found = read("w " + std::string(text) + "\n", 1);
    CHECK_EQUAL(found.numbers.size(), size_t{1});
    const float expected = std::strtof(text, nullptr);
    if (found.numbers[0] != expected) CHECK_CLOSE(found.numbers, (std::vector<double>{expected}), 0, 1e-7);
  }
  for (const char* none : {"1e", "1.2.3", "nan", "inf", "1e400", "4e38", "-", "+", ".", "e5", "0x1", "1,5", "--1"})
    CHECK(read("w " + std::string(none) + "\n", 1).fault.fault == LineFault::no_number);
  CHECK_CLOSE(read("w 1e-400 123456789012345678901234567890 0.000000000000000000000000000000000001\n", 3).numbers,
              (std::vector<double>{0, 1.2345678901234568e29, 1e-36}), 0, 1e-7);
}

TEST(the_first_fault_is_named) {
  std::string text;
  for (int n = 0; n < 1025; ++n) text += "w" + std::to_string(n) + " 1 2\n";
  const auto begin = static_cast<int64_t>(text.size());
  const Read few = read(text + "\nhalf 1\nworse x y\n", 2, 2000);
  CHECK(few.fault.fault == LineFault::few_numbers);
  CHECK_EQUAL(few.fault.line, int64_t{1026});
  CHECK_EQUAL(few.fault.begin, begin + 1);
  CHECK_EQUAL(few.fault.fields, int64_t{1});
  const Read none = read(text + "bad 1 x2\nhalf 1\n", 2, 2000);
  CHECK(none.fault.fault == LineFault::no_number);
  CHECK_EQUAL(none.fault.line, int64_t{1025});
  CHECK_EQUAL(none.fault.begin, begin + 6);
  CHECK_EQUAL(none.fault.end, begin + 8);
  CHECK(read(" 1 2\n", 2).fault.fault == LineFault::no_word);
  const AbortFlag raised(true);
  VectorLineFault fault;
  std::vector<float> out(2);
  CHECK_THROWS("ERR_ABORTED", "aborted",
               read_vector_lines(reinterpret_cast<const uint8_t*>("a 1 2\n"), 6, 2, 1, out.data(), fault, &raised));
}
