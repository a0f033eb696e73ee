"""Static vectors as Model2Vec makes them: the Rust tokenizer's encode_batch_fast on batches of 1,024 texts, then a mean
of float32 rows in NumPy for each text, then the norm."""

import json

from serve import load, serve, timed

np, tokenizers = load("numpy", "tokenizers")
state = {}


def encoder(tokenizer, table, dims):
    state["tokenizer"] = tokenizers.Tokenizer.from_file(tokenizer)
    state["tokenizer"].no_truncation()
    state["tokenizer"].no_padding()
    state["table"] = np.fromfile(table, dtype="<f4").reshape(-1, dims)


def read_texts(path):
    with open(path, encoding="utf8") as file:
        state["texts"] = json.load(file)


def embed(texts):
    tokenizer, table = state["tokenizer"], state["table"]
    parts = []
    for begin in range(0, len(texts), 1024):
        encoded = tokenizer.encode_batch_fast(texts[begin : begin + 1024], add_special_tokens=False)
        part = np.stack([table[e.ids].mean(axis=0) if e.ids else np.zeros(table.shape[1], np.float32) for e in encoded])
        parts.append(part / (np.linalg.norm(part, axis=1, keepdims=True) + 1e-32))
    return np.concatenate(parts)


def answer(out, **_):
    embed(state["texts"][:100]).astype("<f4").tofile(out)
    return {"out": out}


serve(
    {"tokenizers": tokenizers.__version__, "numpy": np.__version__},
    {
        "encoder": encoder,
        "texts": read_texts,
        "answer": answer,
        "time": lambda repeats, **_: {"ms": timed(lambda: embed(state["texts"]), repeats)},
    },
)
