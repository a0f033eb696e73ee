"""Writes native/cpu/text/wordpiece_tables.h: what the reference BERT tokenizer does to every code point, read from it by
asking. Its Unicode data are of several old versions, so no runtime's own would do.

    pip install tokenizers && python scripts/make-wordpiece-tables.py && node scripts/format-native.mjs
"""

import pathlib
import unicodedata

from code_point_tables import POINTS, hexadecimal, ranges, steps, structs
from tokenizers import __version__
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer


def normalizer(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**off, **on}).normalize_str


clean = normalizer(clean_text=True)
chinese = normalizer(handle_chinese_chars=True)
strip = normalizer(strip_accents=True)
lower = normalizer(lowercase=True)
nfd = NFD().normalize_str
split = BertPreTokenizer().pre_tokenize_str

HANGUL = range(0xAC00, 0xD7A4)
NOT_HANGUL = [c for c in POINTS if ord(c) not in HANGUL]
ATOMS = [c for c in NOT_HANGUL if nfd(c) == c]


def swaps(a, b):
    return nfd(a + b) == b + a


def combining_classes():
    """The canonical combining class of every atom that has one, found by how it sorts among known characters."""
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
MARKS = {c for c in POINTS if strip(c) == ""}
# A mark, or a character that is nothing but marks, one of which begins a new run of canonical ordering.
STARTERS = {c for c in MARKS if any(d not in CLASS for d in nfd(c))}

for c in NOT_HANGUL:
    kept = [d for d in nfd(c) if d not in MARKS]
    assert strip(c) == "".join(kept) and len(kept) <= 3
    assert not kept or kept[0] not in CLASS or c == kept[0], "a run would have to be split"
assert [c for c in POINTS if len(lower(c)) != 1] == ["\u0130"] and lower("\u0130") == "i\u0307"
assert all(lower(c) == c for c in CLASS)


decomposed = [c for c in NOT_HANGUL if c not in MARKS and strip(c) != c]
runs = ranges(decomposed)
values = [[ord(d) for d in strip(c)] for first, last in runs for c in map(chr, range(first, last + 1))]
several = [v for v in values if len(v) > 1]
index = iter(range(len(several)))
single = [v[0] if len(v) == 1 else -1 - next(index) for v in values]

out = f"""// Written by scripts/make-wordpiece-tables.py from tokenizers {__version__}; do not edit.
#pragma once

#include <cstdint>

namespace kindred::wordpiece_tables {{

struct Range {{
  uint32_t first, last;
}};
struct Class {{
  uint32_t first, last, combining;
}};
struct Case {{
  uint32_t first, last, step;
  int32_t delta;
}};

// What clean_text removes.
{structs('Range', 'kRemoved', ranges(c for c in POINTS if clean(c) == ''))}

// White space: what separates words.
{structs('Range', 'kWhiteSpace', ranges(c for c in POINTS if len(split(f'a{c}a')) == 2))}

// Words of their own.
{structs('Range', 'kPunctuation', ranges(c for c in POINTS if len(split(f'a{c}a')) == 3))}

// Ideographs: words of their own where handle_chinese_chars is set.
{structs('Range', 'kChinese', ranges(c for c in POINTS if chinese(c) != c))}

// What strip_accents removes, decompositions into such characters included, and those of them that begin a new run of
// canonical ordering.
{structs('Range', 'kMarks', ranges(MARKS))}
{structs('Range', 'kStartingMarks', ranges(STARTERS))}

// What strip_accents leaves and canonical ordering moves, with the combining class.
{structs('Class', 'kReordered', [(a, b, k) for k in sorted(set(CLASS.values())) for a, b in ranges(c for c in CLASS if CLASS[c] == k and c not in MARKS)])}

// Canonical decompositions without marks, Hangul syllables left out: for each code point of these ranges in turn one
// code point, or -1 - i for sequence i, which 0 ends.
{structs('Range', 'kDecomposed', runs)}
inline constexpr int32_t kDecompositions[] = {{{', '.join(map(hexadecimal, single))}}};
inline constexpr uint32_t kSequences[][4] = {{{', '.join('{' + ', '.join(map(hexadecimal, v + [0] * (4 - len(v)))) + '}' for v in several)}}};

// Small letters, by what is added. U+0130 alone has two: i and U+0307.
{structs('Case', 'kLower', steps(lower))}

}}  // namespace kindred::wordpiece_tables
"""
path = pathlib.Path(__file__).parent.parent / "native" / "cpu" / "text" / "wordpiece_tables.h"
path.write_text(out)
