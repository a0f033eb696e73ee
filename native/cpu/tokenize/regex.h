// Regular expressions of the kind that tokenizers split by, matched by backtracking without recursion: the alternative
// that comes first wins, as in Oniguruma, which the reference uses. Supported: characters and their escapes, ., classes
// with ranges, negation, nested classes and intersections, \s \d \w \h \p{..} \P{..} [:space:] [:digit:], groups
// without names and back-references, (?i:..) around ASCII, alternatives, * + ? {n,m} greedy, lazy and possessive,
// (?=..) (?!..), ^ $ of lines, \A \z.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpu/tokenize/code_points.h"
#include "kindred/runtime/poll.h"

namespace kindred {

class Regex {
 public:
  // Throws ERR_VALUE for what is not supported, for an expression that matches the empty text, and for one that repeats
  // without end what repeats without end, whose time could grow exponentially. So can that of many bounded repetitions
  // of what may be empty: a search hears an abort.
  explicit Regex(std::string_view pattern);

  // What a search works with; kept from one to the next.
  struct Scratch {
    struct Failed {
      const char *first = nullptr, *last = nullptr;
    };
    std::vector<std::pair<int32_t, const char*>> stack;
    std::vector<Failed> failed;  // for each run without end: places at which nothing goes on from behind it
    bool has_failed = false;
  };
  // Where a match that begins at `at` ends; nullptr if none begins there. text: well-formed UTF-8 with at inside,
  // searched from its beginning on: a match that is asked for there begins a new search, the next ones are of the same
  // text. What a run of characters has failed at is not tried again from within it, so that the time does not grow as
  // its square.
  const char* match(std::string_view text, const char* at, Scratch& scratch, Poll& poll) const;

  int64_t bytes() const;

  // What the compiler writes.
  struct Instruction {
    enum Kind {
      kCharacter,  // set
      kRun,        // set, at least, at most, mode: characters of the set, as many as possible first or last
      kSplit,      // to `target`, then to `other`
      kJump,       // to `target`
      kLook,       // what follows up to kEnd; `target` behind it; `negative`
      kAtomic,     // the same, whose end counts
      kLineBegin,
      kLineEnd,
      kTextBegin,
      kTextEnd,
      kEnd
    } kind;
    enum Mode { kGreedy, kLazy, kPossessive };
    int32_t set = -1, target = 0, other = 0, least = 0, most = 0;
    Mode mode = kGreedy;
    bool negative = false;
  };

 private:
  const char* run(std::string_view text, int32_t begin, const char* at, Scratch& scratch, Poll& poll) const;

  std::vector<Instruction> program_;
  std::vector<CodePointSet> sets_;
};

}  // namespace kindred
