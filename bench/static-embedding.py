"""The rival of static-embedding.mjs: static vectors as Model2Vec makes them (the Rust tokenizer's encode_batch_fast on
batches of 1,024 texts, then a mean of float32 rows in NumPy for each text, then the norm).

    python bench/static-embedding.py TOKENIZER.JSON TABLE.F32 DIMS TEXTS.JSON

Writes the vectors of the first texts, then for each line on its input one timing in seconds.
"""

import json
import sys
import time

import numpy as np
from tokenizers import Tokenizer

tokenizer_path, table_path, dims, texts_path = sys.argv[1:]
tokenizer = Tokenizer.from_file(tokenizer_path)
tokenizer.no_truncation()
tokenizer.no_padding()
table = np.fromfile(table_path, dtype=np.float32).reshape(-1, int(dims))
with open(texts_path, encoding="utf8") as file:
    texts = json.load(file)


def embed(texts):
    parts = []
    for begin in range(0, len(texts), 1024):
        encoded = tokenizer.encode_batch_fast(texts[begin : begin + 1024], add_special_tokens=False)
        part = np.stack([table[e.ids].mean(axis=0) if e.ids else np.zeros(table.shape[1], np.float32) for e in encoded])
        parts.append(part / (np.linalg.norm(part, axis=1, keepdims=True) + 1e-32))
    return np.concatenate(parts)


print(json.dumps(embed(texts[:100]).tolist()), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    embed(texts)
    print(time.perf_counter() - start, flush=True)
