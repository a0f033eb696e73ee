#include "cpu/tokenize/regex.h"

#include "cpu/text/utf8.h"
#include "cpu/tokenize/byte_level_words.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// The matches in a text, each followed by |, what lies between in ().
std::string found(const std::string& pattern, const std::string& text) {
  const Regex regex(pattern);
  Regex::Scratch scratch;
  Poll poll(nullptr);
  std::string out, between;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* after = regex.match(text, p, scratch, poll);
    CHECK(scratch.stack.empty());
    if (after == nullptr) {
      between += *p++;
      continue;
    }
    if (!between.empty()) out += "(" + between + ")";
    between.clear();
    out += std::string(p, after) + "|";
    p = after;
  }
  return between.empty() ? out : out + "(" + between + ")";
}

const char* const kGpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const std::string kContractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
const std::string kTail = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

}  // namespace

TEST(what_expressions_find) {
  CHECK_EQUAL(found("a+", "aab"), std::string("aa|(b)"));
  CHECK_EQUAL(found("a{2,3}", "aaaaa a"), std::string("aaa|aa|( a)"));
  CHECK_EQUAL(found("a{2}b?", "aaab"), std::string("aa|(ab)"));
  CHECK_EQUAL(found("a+?b", "aab"), std::string("aab|"));
  CHECK_EQUAL(found("[a-c]*?c", "abcabc"), std::string("abc|abc|"));
  CHECK_EQUAL(found("a++a|b", "aaab"), std::string("(aaa)b|"));
  CHECK_EQUAL(found("(?>a|ab)c", "abcac"), std::string("(abc)ac|"));
  CHECK_EQUAL(found("(?:ab|cd)+", "ababcdx"), std::string("ababcd|(x)"));
  CHECK_EQUAL(found("(?:ab)+?c", "ababc"), std::string("ababc|"));
  CHECK_EQUAL(found("x(?=y)", "xyxz"), std::string("x|(yxz)"));
  CHECK_EQUAL(found("\\s+(?!\\S)|\\s+", "   a"), std::string("  | |(a)"));
  CHECK_EQUAL(found("^a|b$", "ab\nab"), std::string("a|b|(\n)a|b|"));
  CHECK_EQUAL(found("\\Aa|b\\z", "ab\nab"), std::string("a|(b\na)b|"));
  CHECK_EQUAL(found("[^\\W\\d_]+", "ab1_c"), std::string("ab|(1_)c|"));
  CHECK_EQUAL(found("[a-z&&[^aeiou]]+", "hello"), std::string("h|(e)ll|(o)"));
  CHECK_EQUAL(found("[[:digit:]x-]+", "1-x2a"), std::string("1-x2|(a)"));
  CHECK_EQUAL(found("\\x41\\u0042\\x{43}\\.", "ABC."), std::string("ABC.|"));
  CHECK_EQUAL(found("(?i:ab)c", "aBcabC"), std::string("aBc|(abC)"));
  CHECK_EQUAL(found("(?i:'s)", "'s'S'\u017f"), std::string("'s|'S|'\u017f|"));
  CHECK_EQUAL(found("\\p{Han}|\\P{L}", "a\u4e2d1"), std::string("(a)\u4e2d|1|"));
}

TEST(refuses_what_it_does_not_do) {
  for (const char* pattern : {"",        "a*",      "a|",         "(a",          "a)",
                              "[a",      "a\\",     "(a)\\1",     "(?<n>a)",     "(?<=a)b",
                              "\\bfoo",  "\\X",     "a{2}+",      "a{,2}",       "a{3,2}",
                              "a{2000}", "*a",      "\\p{Nope}",  "\\pL",        "[z-a]",
                              "[a-\\w]", "(?:a+)+", "(?:a*b?)*c", "(?:a|b*)+c",  "(?i:\u00e9)",
                              "(?i:ss)", "(?i:fi)", "\\xff",      "\\x{110000}", "[[:alpha:]]",
                              "(?m:a)",  "\\G",     "(?=a)+b",    "^*a"})
    CHECK_THROWS("ERR_VALUE", "pattern", Regex{pattern});
}

TEST(long_runs_need_no_stack) {
  const std::string text = std::string(1 << 20, 'a') + "b";
  CHECK_EQUAL(found("(?:a|c)+b", text).size(), text.size() + 1);
  CHECK_EQUAL(found("[ab]*b|x", text).size(), text.size() + 1);
  // Nothing is found in the run, whose square would take hours.
  CHECK_EQUAL(found("a+$|a+?(?=c)|(?:a+|b)c", text), "(" + text + ")");
}

TEST(words_of_byte_level_tokenizers_are_those_of_their_expressions) {
  const std::string cl100k = kContractions + "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + kTail;
  const std::string qwen2 = kContractions + "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + kTail;
  static const uint32_t few[] = {'a', 'S', '\'', 's', 'r', 'e', 'l', 'L', 'd', ' ',   ' ',    '\n',   '\r',  '\t',
                                 '1', '.', '/',  'm', 'v', 't', 'D', 'V', 'E', 0x17f, 0x3000, 0x4e2d, 0x301, 0x663};
  Random random(1);
  for (const std::string& pattern : {std::string(kGpt2), cl100k, qwen2}) {
    const Regex regex(pattern);
    const WordEnd word_end = word_end_of(pattern);
    CHECK(word_end != nullptr);
    Regex::Scratch scratch;
    Poll poll(nullptr);
    for (int n = 0; n < 20000; ++n) {
      std::string text;
      char bytes[4];
      for (int64_t length = random.integer(1, 20); length > 0; --length) {
        auto point = random.integer(0, 9) ? few[random.integer(0, std::size(few) - 1)]
                                          : static_cast<uint32_t>(random.integer(0, 0x10ffff));
        if (point >= 0xd800 && point < 0xe000) point = 'x';
        text.append(bytes, encode_utf8(point, bytes));
      }
      const char* const end = text.data() + text.size();
      for (const char* p = text.data(); p < end;) {
        const char *received = word_end(p, end), *expected = regex.match(text, p, scratch, poll);
        if (received != expected) CHECK_EQUAL(text.substr(p - text.data()), std::string());
        p = expected;
      }
    }
  }
  CHECK(word_end_of("a+") == nullptr);
}

TEST(repetitions_of_repetitions_are_few) {
  CHECK_EQUAL(found("x(?:ab)?+?+", "xab"), std::string("xab|"));
  for (const char* mark : {"*", "?+", "{1,2}"}) {
    std::string pattern = "a";
    for (int n = 0; n < 100'000; ++n) pattern += mark;
    CHECK_THROWS("ERR_VALUE", "repetitions of one another", Regex{pattern});
  }
}
