#include "cpu/tokenize/regex.h"

#include "cpu/tokenize/utf8_text.h"

namespace kindred {
int64_t Regex::bytes() const {
  int64_t bytes = static_cast<int64_t>(program_.size() * sizeof(Instruction));
  for (const CodePointSet& set : sets_) bytes += set.bytes();
  return bytes;
}

const char* Regex::match(std::string_view text, const char* at, Scratch& scratch, Poll& poll) const {
  if (at == text.data() && (scratch.has_failed || scratch.failed.size() != program_.size())) {
    scratch.failed.assign(program_.size(), {});
    scratch.has_failed = false;
  }
  return run(text, 0, at, scratch, poll);
}

// A frame of the stack is an instruction to go on from and a place in the text. That of a run is -1 - its number and
// the place that it went on from last; below it lies a frame with the place of a greedy run where it ends at the
// earliest, or how many characters a lazy one may take yet and where it went on from first. Assertions and atomic
// groups call this again, as deep as they lie in the expression.
const char* Regex::run(std::string_view text, int32_t begin, const char* at, Scratch& scratch, Poll& poll) const {
  const char* const end = text.data() + text.size();
  auto& stack = scratch.stack;
  const size_t bottom = stack.size();
  int32_t pc = begin;
  const char* p = at;
  const auto fail_between = [&](int32_t instruction, const char* first, const char* last) {
    if (program_[instruction].most != INT32_MAX) return;
    scratch.failed[instruction] = {first, last};
    scratch.has_failed = true;
  };
  for (;;) {
    bool fails = false;
    const Instruction& i = program_[pc];
    switch (i.kind) {
      case Instruction::kCharacter:
        if (p == end) {
          fails = true;
        } else {
          const char* after = p;
          fails = !sets_[i.set].has(next_point(after));
          if (!fails) p = after;
        }
        ++pc;
        break;
      case Instruction::kRun: {
        const CodePointSet& set = sets_[i.set];
        const auto& failed = scratch.failed[pc];
        if (failed.first != nullptr && p >= failed.first && p <= failed.last) {
          fails = true;
          break;
        }
        const char* first = p;  // where the run may end at the earliest
        int32_t count = 0;
        const int32_t wanted = i.mode == Instruction::kLazy ? i.least : i.most;
        while (count < wanted && p < end) {
          const char* after = p;
          if (!set.has(next_point(after))) break;
          p = after;
          if (++count == i.least) first = p;
        }
        poll(count);
        fails = count < i.least;
        if (!fails && i.mode == Instruction::kGreedy && p > first) {
          stack.emplace_back(0, first);
          stack.emplace_back(-1 - pc, p);
        }
        if (!fails && i.mode == Instruction::kLazy && i.most > i.least) {
          stack.emplace_back(i.most - i.least, p);
          stack.emplace_back(-1 - pc, p);
        }
        ++pc;
        break;
      }
      case Instruction::kSplit:
        stack.emplace_back(i.other, p);
        pc = i.target;
        break;
      case Instruction::kJump:
        pc = i.target;
        break;
      case Instruction::kLook:
        fails = (run(text, pc + 1, p, scratch, poll) != nullptr) == i.negative;
        pc = i.target;
        break;
      case Instruction::kAtomic: {
        const char* after = run(text, pc + 1, p, scratch, poll);
        fails = after == nullptr;
        if (!fails) p = after;
        pc = i.target;
        break;
      }
      case Instruction::kLineBegin:
        fails = !(p == text.data() || (p[-1] == '\n' && p < end));
        ++pc;
        break;
      case Instruction::kLineEnd:
        fails = !(p == end || *p == '\n');
        ++pc;
        break;
      case Instruction::kTextBegin:
        fails = p != text.data();
        ++pc;
        break;
      case Instruction::kTextEnd:
        fails = p != end;
        ++pc;
        break;
      case Instruction::kEnd:
        stack.resize(bottom);
        return p;
    }
    while (fails) {
      poll();
      if (stack.size() == bottom) return nullptr;
      auto& [to, place] = stack.back();
      if (to >= 0) {
        pc = to;
        p = place;
        stack.pop_back();
        break;
      }
      pc = -1 - to;
      const Instruction& run = program_[pc];
      auto& [left, first] = stack[stack.size() - 2];
      if (run.mode == Instruction::kGreedy) {
        // `left` becomes the length of what has failed, in bytes, as far as it is counted.
        if (place == first) {
          fail_between(pc, first, first + left);
          stack.resize(stack.size() - 2);
          continue;
        }
        const char* shorter = before(place);
        left += static_cast<int32_t>(place - shorter);
        p = place = shorter;
        ++pc;
        break;
      }
      // A lazy run takes one character more.
      const char* after = place;
      if (left == 0 || after == end || !sets_[run.set].has(next_point(after))) {
        fail_between(pc, first, place);
        stack.resize(stack.size() - 2);
        continue;
      }
      --left;
      p = place = after;
      ++pc;
      break;
    }
  }
}

}  // namespace kindred
