"""Random texts and the ids that the reference library gives them, as lines of JSON: the other side of fuzz-tokenizers.mjs.

    python scripts/fuzz-tokenizers.py TOKENIZER_JSON SEED COUNT
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test" / "fixtures"))
from tokenizer_families import random_texts  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

path, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
content = json.loads(pathlib.Path(path).read_text())
tokenizer = Tokenizer.from_str(json.dumps(content.get("tokenizer", content)))
tokenizer.no_truncation()
tokenizer.no_padding()
AT_ONCE = 5000
for begin in range(0, count, AT_ONCE):
    texts = random_texts(seed + begin, min(AT_ONCE, count - begin))
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    sys.stdout.write("".join(json.dumps([t, e.ids]) + "\n" for t, e in zip(texts, encodings)))
