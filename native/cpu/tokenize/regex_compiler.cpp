// From a regular expression's tree to the instructions that search for it.
#include <algorithm>

#include "cpu/tokenize/regex.h"
#include "cpu/tokenize/regex_parser.h"
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

}  // namespace kindred
