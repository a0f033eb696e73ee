#include "cpu/tokenize/regex.h"

#include <algorithm>

#include "cpu/tokenize/regex_parser.h"
#include "cpu/tokenize/utf8_text.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

using Instruction = Regex::Instruction;

constexpr size_t kMaxProgram = 100000;

// Fewest characters that a node matches.
int64_t least_of(const RegexNode& node) {
  int64_t least = 0;
  switch (node.kind) {
    case RegexNode::kSet:
      return 1;
    case RegexNode::kSequence:
      for (const auto& child : node.children) least += least_of(*child);
      return least;
    case RegexNode::kAlternatives:
      least = INT64_MAX;
      for (const auto& child : node.children) least = std::min(least, least_of(*child));
      return least;
    case RegexNode::kRepeat:
      return node.least * least_of(*node.children[0]);
    case RegexNode::kAtomic:
      return least_of(*node.children[0]);
    default:
      return 0;
  }
}

bool repeats_without_end(const RegexNode& node) {
  if (node.kind == RegexNode::kRepeat && node.most < 0) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const auto& child) { return repeats_without_end(*child); });
}

class Compiler {
 public:
  Compiler(std::string_view pattern, std::vector<Instruction>& program) : pattern_(pattern), program_(program) {}

  void whole(const RegexNode& node) {
    if (least_of(node) == 0) fail("it matches the empty text");
    compile(node);
    emit(Instruction::kEnd);
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    fail_value("pattern: expected a regular expression that can be used here but received \"" + std::string(pattern_) +
               "\": " + why + ".");
  }

  int32_t here() const { return static_cast<int32_t>(program_.size()); }

  int32_t emit(Instruction::Kind kind) {
    if (program_.size() >= kMaxProgram) fail("it is too long");
    Instruction instruction{};
    instruction.kind = kind;
    program_.push_back(instruction);
    return here() - 1;
  }

  void compile(const RegexNode& node) {
    switch (node.kind) {
      case RegexNode::kSet:
        program_[emit(Instruction::kCharacter)].set = node.set;
        return;
      case RegexNode::kSequence:
        for (const auto& child : node.children) compile(*child);
        return;
      case RegexNode::kAlternatives: {
        std::vector<int32_t> jumps;
        for (size_t i = 0; i + 1 < node.children.size(); ++i) {
          const int32_t split = emit(Instruction::kSplit);
          program_[split].target = here();
          compile(*node.children[i]);
          jumps.push_back(emit(Instruction::kJump));
          program_[split].other = here();
        }
        compile(*node.children.back());
        for (const int32_t jump : jumps) program_[jump].target = here();
        return;
      }
      case RegexNode::kRepeat:
        return repeat(node);
      case RegexNode::kLook:
      case RegexNode::kAtomic:
        return within(node.kind == RegexNode::kLook ? Instruction::kLook : Instruction::kAtomic, node.negative,
                      *node.children[0]);
      case RegexNode::kLineBegin:
        emit(Instruction::kLineBegin);
        return;
      case RegexNode::kLineEnd:
        emit(Instruction::kLineEnd);
        return;
      case RegexNode::kTextBegin:
        emit(Instruction::kTextBegin);
        return;
      case RegexNode::kTextEnd:
        emit(Instruction::kTextEnd);
        return;
    }
  }

  void within(Instruction::Kind kind, bool negative, const RegexNode& node) {
    const int32_t at = emit(kind);
    program_[at].negative = negative;
    compile(node);
    emit(Instruction::kEnd);
    program_[at].target = here();
  }

  void repeat(const RegexNode& node) {
    const RegexNode& one = *node.children[0];
    if (one.kind == RegexNode::kSet) {
      Instruction& run = program_[emit(Instruction::kRun)];
      run.set = one.set;
      run.least = node.least;
      run.most = node.most < 0 ? INT32_MAX : node.most;
      run.mode = node.mode;
      return;
    }
    if (node.most < 0 && least_of(one) == 0) fail("it repeats without end what matches the empty text");
    if (node.most < 0 && repeats_without_end(one)) fail("it repeats without end what repeats without end");
    if (node.mode == Instruction::kPossessive) {
      const int32_t at = emit(Instruction::kAtomic);
      copies(node, one);
      emit(Instruction::kEnd);
      program_[at].target = here();
      return;
    }
    copies(node, one);
  }

  void copies(const RegexNode& node, const RegexNode& one) {
    for (int32_t i = 0; i < node.least; ++i) compile(one);
    const auto choose = [&](int32_t split, int32_t inside, int32_t outside) {
      const bool lazy = node.mode == Instruction::kLazy;
      program_[split].target = lazy ? outside : inside;
      program_[split].other = lazy ? inside : outside;
    };
    if (node.most < 0) {
      const int32_t split = emit(Instruction::kSplit);
      compile(one);
      program_[emit(Instruction::kJump)].target = split;
      choose(split, split + 1, here());
      return;
    }
    std::vector<int32_t> splits;
    for (int32_t i = node.least; i < node.most; ++i) {
      splits.push_back(emit(Instruction::kSplit));
      compile(one);
    }
    for (const int32_t split : splits) choose(split, split + 1, here());
  }

  std::string_view pattern_;
  std::vector<Instruction>& program_;
};

}  // namespace

Regex::Regex(std::string_view pattern) {
  std::vector<CodePointBits> sets;
  const auto tree = parse_regex(pattern, sets);
  Compiler(pattern, program_).whole(*tree);
  for (const CodePointBits& bits : sets) sets_.emplace_back(bits);
}

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
