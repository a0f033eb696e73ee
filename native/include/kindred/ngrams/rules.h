// Which n-grams a text has, as scikit-learn's CountVectorizer has it (Pedregosa et al. 2011).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

enum class NgramAnalyzer {
  word,              // of tokens, with a space between them
  character,         // of code points, runs of white space as one space
  character_in_word  // of code points within a word and one space on either side of it
};

// What is done with accents, after lowercasing: nothing; or compatibility decomposition (NFKD), of which all that is
// ASCII stays, or all but combining marks.
enum class Accents { kept, ascii, unicode };

// Tokens, by the regular expression of Python's that finds them: \b\w\w+\b, \b\w+\b, \S+.
enum class TokenPattern { two_or_more, one_or_more, not_space };

struct NgramRules {
  NgramAnalyzer analyzer = NgramAnalyzer::word;
  bool lowercase = true;
  Accents accents = Accents::kept;
  TokenPattern tokens = TokenPattern::two_or_more;
  int64_t shortest = 1;  // n of the shortest and of the longest n-grams
  int64_t longest = 1;
  std::vector<std::string> stop_words;  // tokens that are left out before n-grams are made; of words only
};

// Throws ERR_VALUE unless 1 <= shortest <= longest <= 1000, and for stop words with another analyzer than word.
void check_rules(const NgramRules& rules);

}  // namespace kindred
