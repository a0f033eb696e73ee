"""Writes lib/encode/bert-tables.ts: the character classes of the reference BERT tokenizer, read from it by asking about
every code point. They are the classes of an old Unicode version, so JavaScript's \\p{...} differs from them, and would
go on differing with every new Node.

    pip install tokenizers && python scripts/make-bert-tables.py
"""

import pathlib

from tokenizers import __version__
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer


def normalizer(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**off, **on}).normalize_str


clean = normalizer(clean_text=True)
chinese = normalizer(handle_chinese_chars=True)
strip = normalizer(strip_accents=True)
split = BertPreTokenizer().pre_tokenize_str

CLASSES = {
    "REMOVED": ("What clean_text removes: control, format and private-use characters.", lambda c: clean(c) == ""),
    "CHINESE": ("What handle_chinese_chars sets apart.", lambda c: chinese(c) != c),
    "MARKS": ("What strip_accents removes after canonical decomposition.", lambda c: strip(c) == ""),
    "PUNCTUATION": ("What the pre-tokenizer splits off as a word of its own.", lambda c: len(split(f"a{c}a")) == 3),
}


def ranges(holds):
    found = []
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000 or not holds(chr(point)):
            continue
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def escape(point):
    return f"\\u{point:04X}" if point < 0x10000 else f"\\u{{{point:X}}}"


out = [f"// Written by scripts/make-bert-tables.py from tokenizers {__version__}; do not edit.", ""]
for name, (meaning, holds) in CLASSES.items():
    pieces = [escape(a) + (f"-{escape(b)}" if b > a else "") for a, b in ranges(holds)]
    lines, line = [], ""
    for piece in pieces:
        if len(line) + len(piece) > 100:
            lines.append(line)
            line = ""
        line += piece
    lines.append(line)
    out += [f"/** {meaning} The inside of a character class, for the flag `u`. */", f"export const {name} = ["]
    out += [f"  String.raw`{line}`," for line in lines]
    out += ["].join('')", ""]
path = pathlib.Path(__file__).parent.parent / "lib" / "encode" / "bert-tables.ts"
path.write_text("\n".join(out[:-1]) + "\n")
