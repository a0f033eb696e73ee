"""Writes native/cpu/tokenize/unicode_tables.h: what the reference tokenizers know of every code point, read from them by
asking. Their Unicode data are of several versions, so no runtime's own would do. Only the properties of grapheme clusters,
which cannot be asked for, are those of the package regex; a sample of them is compared.

    pip install tokenizers regex && python scripts/make-tokenizer-tables.py && node scripts/format-native.mjs
"""

import pathlib
import sys

import regex
from code_point_tables import POINTS, hexadecimal, ranges, structs
from tokenizers import AddedToken, Regex, Tokenizer, __version__, models
from tokenizers import normalizers as N
from tokenizers import pre_tokenizers as P

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test" / "fixtures"))
from charsmap import charsmap  # noqa: E402

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()
SCRIPTS = "Latin Greek Cyrillic Armenian Hebrew Arabic Devanagari Bengali Thai Han Hiragana Katakana Hangul".split()
GRAPHEME = "CR LF Control Extend ZWJ Regional_Indicator Prepend SpacingMark L V T LV LVT".split()
HANGUL = range(0xAC00, 0xD7A4)
NOT_HANGUL = [c for c in POINTS if ord(c) not in HANGUL]


def having(pattern):
    """The code points that a regular expression of Split and Replace matches."""
    remove = N.Replace(Regex(pattern), "").normalize_str
    found = set()
    for begin in range(0, len(POINTS), 4096):
        chunk = POINTS[begin : begin + 4096]
        left = set(remove("".join(chunk)))
        found.update(c for c in chunk if c not in left)
    return found


def kept_together(pre_tokenizer):
    return {c for c in POINTS if len(pre_tokenizer.pre_tokenize_str(f"a{c}a")) == 1}


def alone(pre_tokenizer):
    return {c for c in POINTS if len(pre_tokenizer.pre_tokenize_str(f"a{c}a")) == 3}


def word_characters():
    """Beside which an added token of whole words is not found."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("@@", single_word=True)])
    return {c for c, e in zip(POINTS, tokenizer.encode_batch([f"@@{c}" for c in POINTS])) if 1 not in e.ids}


category = {c: k for k, name in enumerate(CATEGORIES) for c in having(rf"\p{{{name}}}")}
category_rows = [(a, b, k) for k in range(len(CATEGORIES)) for a, b in ranges(c for c in category if category[c] == k)]
assert len(category) == len(POINTS)
white = having(r"\s")
assert having(r"\d") == {c for c in POINTS if CATEGORIES[category[c]] == "Nd"}
assert white == {c for c in POINTS if len(P.WhitespaceSplit().pre_tokenize_str(f"a{c}a")) == 2}
words = kept_together(P.Whitespace())
assert words == word_characters()
assert alone(P.Punctuation()) == alone(P.BertPreTokenizer())
lower = N.Lowercase().normalize_str
bert = N.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=True).normalize_str
assert all(lower(c) == bert(c) for c in POINTS)
nmt = {c: N.Nmt().normalize_str(c) for c in POINTS}
nmt_spaces = {c for c in POINTS if nmt[c] == " " and c != " "}
assert all(nmt[c] in (c, "") or c in nmt_spaces for c in POINTS)

nfd, nfkd, nfc = N.NFD().normalize_str, N.NFKD().normalize_str, N.NFC().normalize_str
assert all(nfc(c) == N.NFKC().normalize_str(c) for c in POINTS if nfkd(c) == nfd(c))
ATOMS = [c for c in NOT_HANGUL if nfd(c) == c]


def combining_classes():
    """The canonical combining class of every atom that has one, found by how it sorts among known characters."""
    import unicodedata

    def swaps(a, b):
        return nfd(a + b) == b + a

    low, high = "\u0334", "\u0345"  # the lowest and the highest class
    nonstarters = [c for c in ATOMS if c in (low, high) or swaps(c, low) or swaps(high, c)]
    known = {}
    for c in nonstarters:
        known.setdefault(unicodedata.combining(c), c)
    known.pop(0, None)

    def class_of(c):
        return next(k for k, r in sorted(known.items()) if c == r or not (swaps(c, r) or swaps(r, c)))

    return {c: class_of(c) for c in nonstarters}


CLASS = combining_classes()
class_rows = [(a, b, k) for k in sorted(set(CLASS.values())) for a, b in ranges(c for c in CLASS if CLASS[c] == k)]


def decompositions(form):
    """Ranges of what is decomposed, for each code point one of -1 - its place in the pool, or the one that it becomes; the pool."""
    runs = ranges(c for c in NOT_HANGUL if form(c) != c)
    single, pool, places = [], [], {}
    for first, last in runs:
        for p in range(first, last + 1):
            parts = tuple(map(ord, form(chr(p))))
            if len(parts) == 1:
                single.append(parts[0])
                continue
            if parts not in places:
                places[parts] = len(pool)
                pool += [*parts, 0]
            single.append(-1 - places[parts])
    return runs, single, pool


def compositions():
    """[first, second, composed] of every pair that canonical composition puts together, Hangul left out."""
    rows = []
    for c in NOT_HANGUL:
        parts = nfd(c)
        if len(parts) < 2 or nfc(parts) != c:
            continue
        first = nfc(parts[:-1])
        assert len(first) == 1
        rows.append((ord(first), ord(parts[-1]), ord(c)))
    return sorted(rows)


def together(pairs):
    """Which of some pairs of a character and what follows it are one grapheme cluster, of those of at most 5 bytes."""
    pairs = [(a, b) for a, b in pairs if len((a + b).encode()) < 6]
    normalize = N.Precompiled(charsmap((a, "!") for a in sorted({a for a, _ in pairs}))).normalize_str
    return {(a, b): normalize(a + b) == "!" for a, b in pairs}


grapheme = {}
for k, name in enumerate(GRAPHEME, 1):
    for c in POINTS:
        if regex.fullmatch(rf"\p{{GCB={name}}}", c):
            grapheme[c] = k
for c in POINTS:
    if regex.fullmatch(r"\p{Extended_Pictographic}", c) and c not in grapheme:
        grapheme[c] = len(GRAPHEME) + 1
kinds = {name: k for k, name in enumerate(GRAPHEME, 1)}
# What continues a cluster, as the reference has it.
after_letter = together([("a", c) for c in POINTS if c not in "!a"])
extending = {kinds[n] for n in ("Extend", "ZWJ", "SpacingMark")}
wrong = [hex(ord(b)) for (_, b), is_one in after_letter.items() if is_one != (grapheme.get(b) in extending)]
print("graphemes that differ from those of the package regex:", wrong)
for (_, b), is_one in after_letter.items():
    if is_one and grapheme.get(b) not in extending:
        grapheme[b] = kinds["Extend"]
    elif not is_one and grapheme.get(b) in extending:
        del grapheme[b]
grapheme_rows = [
    (a, b, k) for k in range(1, len(GRAPHEME) + 2) for a, b in ranges(c for c in grapheme if grapheme[c] == k)
]
# Consonants that a virama joins (rule GB9c).
VIRAMAS = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
INDIC = [c for c in map(chr, range(0x900, 0xD80)) if CATEGORIES[category[c]] == "Lo"]
joins = N.Precompiled(charsmap((c, "!") for c in INDIC)).normalize_str
# Behind a virama that joins, what stands with its mark is no cluster of its own, so that the mark is kept.
linked = [c for c in INDIC if joins(f"\u0915\u094d{c}\u0301") == "!\u094d!\u0301"]


def numbers(kind, name, values):
    return f"inline constexpr {kind} {name}[] = {{{', '.join(map(hexadecimal, values))}}};"


def decomposition_tables(name, form):
    runs, single, pool = decompositions(form)
    return "\n".join(
        [
            structs("Range", f"k{name}", runs),
            numbers("int32_t", f"k{name}To", single),
            numbers("uint32_t", f"k{name}Parts", pool),
        ]
    )


out = f"""// Written by scripts/make-tokenizer-tables.py from tokenizers {__version__}; do not edit.
#pragma once

#include <cstdint>

namespace kindred::tokenizer_tables {{

struct Range {{
  uint32_t first, last;
}};
struct Value {{
  uint32_t first, last, value;
}};
struct Composition {{
  uint32_t first, second, composed;
}};
struct Script {{
  const char* name;
  const Range* ranges;
  int32_t count;
}};

// General categories, as Split and Replace know them.
inline constexpr const char* kCategoryNames[] = {{{', '.join(f'"{n}"' for n in CATEGORIES)}}};
{structs('Value', 'kCategories', category_rows)}

// \\w of Split and Replace.
{structs('Range', 'kPatternWord', ranges(having(r'[[:word:]]')))}

// What Whitespace keeps together, and what an added token of whole words must not stand beside.
{structs('Range', 'kWord', ranges(words))}

{structs('Range', 'kWhite', ranges(white))}

// What Punctuation and BertPreTokenizer make words of their own, and Digits.
{structs('Range', 'kPunctuation', ranges(alone(P.Punctuation())))}
{structs('Range', 'kNumeric', ranges(alone(P.Digits())))}

// What StripAccents removes; what Nmt removes, and what it makes a space.
{structs('Range', 'kMarks', ranges(c for c in POINTS if N.StripAccents().normalize_str(c) == ''))}
{structs('Range', 'kNmtRemoved', ranges(c for c in POINTS if nmt[c] == ''))}
{structs('Range', 'kNmtSpaces', ranges(nmt_spaces))}

// Canonical combining classes other than 0.
{structs('Value', 'kCombining', class_rows)}

// Decompositions, canonical and compatible, Hangul syllables left out: for each code point of the ranges in turn one code
// point, or -1 - i for those in the parts from i on, which 0 ends.
{decomposition_tables('Canonical', nfd)}
{decomposition_tables('Compatible', nfkd)}

{structs('Composition', 'kCompositions', compositions())}

// Grapheme_Cluster_Break and Extended_Pictographic, by position in this list from 1 on: {' '.join(GRAPHEME)} Pictographic.
{structs('Value', 'kGrapheme', grapheme_rows)}
{structs('Range', 'kViramas', ranges(VIRAMAS))}
{structs('Range', 'kLinked', ranges(linked))}

{chr(10).join(structs('Range', f'kScript{s}', ranges(having(rf'{chr(92)}p{{{s}}}'))) for s in SCRIPTS)}
inline constexpr Script kScripts[] = {{{', '.join(f'{{"{s}", kScript{s}, static_cast<int32_t>(sizeof(kScript{s}) / sizeof(Range))}}' for s in SCRIPTS)}}};

}}  // namespace kindred::tokenizer_tables
"""
path = pathlib.Path(__file__).parent.parent / "native" / "cpu" / "tokenize" / "unicode_tables.h"
path.parent.mkdir(exist_ok=True)
path.write_text(out)
