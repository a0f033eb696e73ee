"""Random texts and the ids that the reference library gives them, as lines of JSON: the other side of fuzz-tokenizers.mjs.

    python scripts/fuzz-tokenizers.py TOKENIZER_JSON SEED COUNT
    python scripts/fuzz-tokenizers.py random FIRST:LAST COUNT

The second form is for tokenizers of random parts, one for each seed from FIRST to LAST - 1, each a line before its texts.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test" / "fixtures"))
from tokenizer_families import families, random_texts, random_tokenizer  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

path, count = sys.argv[1], int(sys.argv[3])
AT_ONCE = 5000


def ids_of(tokenizer, texts):
    """The ids of each text; None for one over which the reference fails, as it does over some odd normalisers."""
    try:
        return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return [None] if len(texts) == 1 else [ids for text in texts for ids in ids_of(tokenizer, [text])]


def compare(tokenizer, seed):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for begin in range(0, count, AT_ONCE):
        texts = random_texts(seed + begin, min(AT_ONCE, count - begin))
        sys.stdout.write("".join(json.dumps([t, ids]) + "\n" for t, ids in zip(texts, ids_of(tokenizer, texts))))


if path == "random":
    first, last = map(int, sys.argv[2].split(":"))
    models_of = families()
    for seed in range(first, last):
        text = random_tokenizer(seed, models_of).to_str()
        print(json.dumps({"seed": seed, "tokenizer": json.loads(text)}))
        compare(Tokenizer.from_str(text), seed)
else:
    content = json.loads(pathlib.Path(path).read_text())
    compare(Tokenizer.from_str(json.dumps(content.get("tokenizer", content))), int(sys.argv[2]))
