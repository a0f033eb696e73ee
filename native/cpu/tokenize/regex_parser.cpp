#include "cpu/tokenize/regex_parser.h"

#include <string>

#include "cpu/tokenize/regex_reader.h"
#include "cpu/tokenize/utf8_text.h"

namespace kindred {
namespace {

constexpr int kMaxMarks = 4;  // of repetition behind one another: what they make is as deep as they are many

using Node = RegexNode;
using NodePtr = std::unique_ptr<Node>;
using Bits = CodePointBits;

constexpr int kMaxRepeats = 1000;

class Parser : RegexReader {
 public:
  Parser(std::string_view pattern, std::vector<Bits>& sets) : RegexReader(pattern), sets_(sets) {}

  NodePtr parse() {
    NodePtr node = alternatives();
    if (p_ < end_) fail("an unmatched )");
    return node;
  }

 private:
  static NodePtr make(Node::Kind kind) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    return node;
  }

  NodePtr of_set(Bits bits) {
    if (ignores_case_) add_cases(bits);
    NodePtr node = make(Node::kSet);
    node->set = static_cast<int32_t>(sets_.size());
    sets_.push_back(std::move(bits));
    return node;
  }

  // The other case of ASCII letters, and the two characters beyond ASCII that are one of theirs.
  void add_cases(Bits& bits) {
    for (uint32_t c = 'a'; c <= 'z'; ++c) {
      const bool has =
          bits.has(c) || bits.has(c - 32) || (c == 's' && bits.has(0x17F)) || (c == 'k' && bits.has(0x212A));
      if (!has) continue;
      bits.add(c, c);
      bits.add(c - 32, c - 32);
      if (c == 's') bits.add(0x17F, 0x17F);
      if (c == 'k') bits.add(0x212A, 0x212A);
    }
    for (uint32_t point = 0x80; point < kCodePoints; ++point)
      if (bits.has(point) && point != 0x17F && point != 0x212A) fail("characters beyond ASCII whose case is ignored");
  }

  NodePtr alternatives() {
    if (++depth_ > kMaxDepth) fail("groups too deep");
    NodePtr first = sequence();
    if (peek("|")) {
      NodePtr all = make(Node::kAlternatives);
      all->children.push_back(std::move(first));
      while (take("|")) all->children.push_back(sequence());
      first = std::move(all);
    }
    --depth_;
    return first;
  }

  NodePtr sequence() {
    NodePtr all = make(Node::kSequence);
    std::string letters;  // in a row, whose case is ignored
    while (p_ < end_ && *p_ != '|' && *p_ != ')') {
      const char* begin = p_;
      NodePtr one = atom();
      letters = ignores_case_ && p_ - begin == 1 ? letters + static_cast<char>(*begin | 32) : "";
      // What Oniguruma folds to one character: the ligatures of ff, fi, fl and st, and sharp s.
      for (const char* pair : {"ff", "fi", "fl", "st", "ss"})
        if (letters.ends_with(pair)) fail("letters that one character may stand for, their case ignored");
      all->children.push_back(repeated(std::move(one)));
    }
    return all;
  }

  NodePtr repeated(NodePtr one) {
    for (int marks = 0;; ++marks) {
      int32_t least = 0, most = -1;
      bool interval = false;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (peek("{")) {
        if (!bounds(least, most)) return one;
        interval = true;
      } else {
        return one;
      }
      if (marks == kMaxMarks) fail("more than " + std::to_string(kMaxMarks) + " repetitions of one another");
      if (one->kind >= Node::kLineBegin || one->kind == Node::kLook) fail("a repeated assertion");
      NodePtr all = make(Node::kRepeat);
      all->least = least;
      all->most = most;
      if (take("?"))
        all->mode = Regex::Instruction::kLazy;
      else if (!interval && take("+"))
        all->mode = Regex::Instruction::kPossessive;
      else if (interval && peek("+"))
        fail("a + behind {}, of which expressions differ in what it says");
      all->children.push_back(std::move(one));
      one = std::move(all);
    }
  }

  // {n}, {n,}, {n,m}; leaves what is none of these.
  bool bounds(int32_t& least, int32_t& most) {
    const char* q = p_ + 1;
    const auto number = [&](int32_t& out) {
      const char* begin = q;
      int64_t value = 0;
      while (q < end_ && *q >= '0' && *q <= '9' && value <= kMaxRepeats) value = value * 10 + (*q++ - '0');
      if (value > kMaxRepeats) fail("more than " + std::to_string(kMaxRepeats) + " repetitions");
      out = static_cast<int32_t>(value);
      return q > begin;
    };
    if (!number(least)) fail("a { that begins no number of repetitions");
    most = least;
    if (q < end_ && *q == ',') {
      ++q;
      if (!number(most)) most = -1;
    }
    if (q == end_ || *q != '}') fail("a { that begins no number of repetitions");
    if (most >= 0 && most < least) fail("a number of repetitions whose end is before its beginning");
    p_ = q + 1;
    return true;
  }

  NodePtr group() {  // behind the (
    NodePtr node;
    const bool outer = ignores_case_;
    if (take("?:")) {
      node = alternatives();
    } else if (take("?i:")) {
      ignores_case_ = true;
      node = alternatives();
      ignores_case_ = outer;
    } else if (take("?>")) {
      node = make(Node::kAtomic);
      node->children.push_back(alternatives());
    } else if (peek("?=") || peek("?!")) {
      node = make(Node::kLook);
      node->negative = peek("?!");
      p_ += 2;
      node->children.push_back(alternatives());
    } else if (peek("?") || peek("*")) {
      fail("a group of a kind that is not supported");
    } else {
      node = alternatives();
    }
    if (!take(")")) fail("an unmatched (");
    // A group of its own, so that it is repeated as a whole.
    if (node->kind == Node::kSequence || node->kind == Node::kAlternatives) return node;
    NodePtr all = make(Node::kSequence);
    if (node->kind == Node::kLook) return node;
    all->children.push_back(std::move(node));
    return all;
  }

  NodePtr atom() {
    if (take("(")) return group();
    if (take("^")) return make(Node::kLineBegin);
    if (take("$")) return make(Node::kLineEnd);
    if (take("\\A")) return make(Node::kTextBegin);
    if (take("\\z")) return make(Node::kTextEnd);
    if (take(".")) {
      Bits bits;
      bits.add('\n', '\n');
      bits.negate();
      return of_any(std::move(bits));
    }
    if (take("[")) return of_set(bracket());
    if (peek("*") || peek("+") || peek("?")) fail("a repetition of nothing");
    if (peek("\\")) return of_escape();
    Bits bits;
    const uint32_t point = next_point(p_);
    bits.add(point, point);
    return of_set(std::move(bits));
  }

  NodePtr of_any(Bits bits) {
    const bool ignores = ignores_case_;
    ignores_case_ = false;  // it has both cases of everything
    NodePtr node = of_set(std::move(bits));
    ignores_case_ = ignores;
    return node;
  }

  NodePtr of_escape() {
    Bits bits;
    uint32_t point = 0;
    if (escape(bits, point)) return of_any(std::move(bits));
    bits.add(point, point);
    return of_set(std::move(bits));
  }

  std::vector<Bits>& sets_;
  bool ignores_case_ = false;
};

}  // namespace

NodePtr parse_regex(std::string_view pattern, std::vector<CodePointBits>& sets) {
  std::string storage;
  return Parser(well_formed(pattern, storage), sets).parse();
}

}  // namespace kindred
