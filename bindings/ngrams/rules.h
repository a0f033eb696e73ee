// The rules of n-grams as JavaScript gives them.
#pragma once

#include "kindred/ngrams/rules.h"
#include "napi/arguments.h"
#include "napi/strings.h"

namespace kindred::bindings {

// { analyzer: 'word' | 'char' | 'char_wb', lowercase: boolean, accents: 'kept' | 'ascii' | 'unicode',
//   tokenPattern: '\\w\\w+' | '\\w+' | '\\S+', shortest: number, longest: number, stopWords: readonly string[] }
inline NgramRules RulesOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "rules");
  NgramRules rules;
  rules.analyzer = OneOf<NgramAnalyzer>(object.Get("analyzer"), "analyzer",
                                        {{"word", NgramAnalyzer::word},
                                         {"char", NgramAnalyzer::character},
                                         {"char_wb", NgramAnalyzer::character_in_word}});
  rules.lowercase = Flag(object.Get("lowercase"), "lowercase");
  rules.accents = OneOf<Accents>(object.Get("accents"), "accents",
                                 {{"kept", Accents::kept}, {"ascii", Accents::ascii}, {"unicode", Accents::unicode}});
  rules.tokens = OneOf<TokenPattern>(
      object.Get("tokenPattern"), "tokenPattern",
      {{"\\w\\w+", TokenPattern::two_or_more}, {"\\w+", TokenPattern::one_or_more}, {"\\S+", TokenPattern::not_space}});
  rules.shortest = Count(object.Get("shortest"), "shortest");
  rules.longest = Count(object.Get("longest"), "longest");
  const Strings stop_words = StringsOf(object.Get("stopWords"), "stopWords");
  for (int64_t i = 0; i < stop_words.count(); ++i) rules.stop_words.push_back(stop_words.at(i));
  return rules;
}

}  // namespace kindred::bindings
