"""Writes native/cpu/ngrams/unicode_tables.h: what Python's str and re say of every code point, read from them by asking, since
scikit-learn's tokenisation is theirs.

    python scripts/make-unicode-tables.py && node scripts/format-native.mjs
"""

import pathlib
import re
import sys
import unicodedata

from code_point_tables import POINTS, hexadecimal, ranges, steps, structs

HANGUL = range(0xAC00, 0xD7A4)
SIGMA = "\u03a3"

word = {c for c in POINTS if re.fullmatch(r"\w", c)}
space = {c for c in POINTS if c.isspace()}
assert space == {c for c in POINTS if re.fullmatch(r"\s", c)}

# The final sigma: str.lower() looks past case-ignorable characters for a cased one.
ignorable = {c for c in POINTS if (f"A{c}{SIGMA}").lower()[-1] == "\u03c2" and (c + SIGMA).lower()[-1] == "\u03c3"}
cased = {c for c in POINTS if (c + SIGMA).lower()[-1] == "\u03c2"}
assert not ignorable & cased
assert [c for c in POINTS if len(c.lower()) != 1] == ["\u0130"] and "\u0130".lower() == "i\u0307"


def stripped(c):
    return [ord(d) for d in unicodedata.normalize("NFKD", c) if not unicodedata.combining(d)]


def numbers(kind, name, values):
    return f"inline constexpr {kind} {name}[] = {{{', '.join(map(hexadecimal, values))}}};"


changed = [c for c in POINTS if ord(c) not in HANGUL and stripped(c) != [ord(c)]]
runs = ranges(changed)
single, pool, places = [], [], {}
for first, last in runs:
    for p in range(first, last + 1):
        parts = stripped(chr(p))
        if len(parts) == 1:
            single.append(parts[0])
            continue
        if tuple(parts) not in places:
            places[tuple(parts)] = len(pool)
            pool += [*parts, 0]
        single.append(-1 - places[tuple(parts)])

out = f"""// Written by scripts/make-unicode-tables.py from Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}; do not edit.
#pragma once

#include <cstdint>

namespace kindred::unicode_tables {{

struct Range {{
  uint32_t first, last;
}};
struct Case {{
  uint32_t first, last, step;
  int32_t delta;
}};

// \\w of Python's re: letters, numbers of every kind, the underscore.
{structs('Range', 'kWord', ranges(word))}

// \\s of Python's re.
{structs('Range', 'kSpace', ranges(space))}

// What a final sigma stands behind, and what is looked past to find it.
{structs('Range', 'kCased', ranges(cased))}
{structs('Range', 'kIgnorable', ranges(ignorable))}

// Small letters, by what is added. U+0130 alone has two: i and U+0307.
{structs('Case', 'kLower', steps(str.lower))}

// Compatibility decompositions (NFKD) without combining marks, Hangul syllables left out: for each code point of these
// ranges in turn one code point, or -1 - i for those from kSequences[i] on, which 0 ends.
{structs('Range', 'kDecomposed', runs)}
{numbers('int32_t', 'kDecompositions', single)}
{numbers('uint32_t', 'kSequences', pool)}

}}  // namespace kindred::unicode_tables
"""
(pathlib.Path(__file__).parent.parent / "native/cpu/ngrams/unicode_tables.h").write_text(out)
