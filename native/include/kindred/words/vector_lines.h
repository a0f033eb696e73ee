// Files of word vectors as text: lines of a word and its numbers, blanks between them.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct VectorLines {
  std::vector<int32_t> begins, ends;  // [lines] the word of each line, in bytes
  int64_t bytes = 0;                  // of the lines read
  int64_t blank = 0;                  // lines without a word, skipped
};

// What is wrong with a line.
enum class LineFault { none, few_numbers, no_number, no_word };

struct VectorLineFault {
  LineFault fault = LineFault::none;
  int64_t line = 0;   // of those given, from 0
  int64_t begin = 0;  // the bytes at fault
  int64_t end = 0;
  int64_t fields = 0;  // numbers that the line has at its end, where they are few
};

// Reads at most `most` lines of text, each ended by a line feed (a carriage return before it aside): the last `dims`
// fields are the numbers, what stands before them is the word, blanks included. Numbers go to out [most, dims]. A
// number is decimal, rounded to the nearest float as far as 53 bits tell; those beyond the range of floats, NaN and
// infinities are none. What follows the last line feed is left. Stops at the first fault, which `fault` then names.
VectorLines read_vector_lines(const uint8_t* text, int64_t size, int64_t dims, int64_t most, float* out,
                              VectorLineFault& fault, const AbortFlag* abort);

}  // namespace kindred
