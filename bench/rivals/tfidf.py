"""scikit-learn's TfidfVectorizer, which has one thread."""

import json

from serve import load, serve, timed

np, sklearn, text = load("numpy", "sklearn", "sklearn.feature_extraction.text")
state = {}


def read_texts(path):
    with open(path, encoding="utf8") as file:
        state["texts"] = json.load(file)


def fit(range):
    return text.TfidfVectorizer(ngram_range=tuple(range), dtype=np.float32).fit_transform(state["texts"])


def answer(out, range, **_):
    matrix = fit(range)
    matrix.sort_indices()
    matrix.indptr.astype("<i4").tofile(f"{out}.offsets")
    matrix.indices.astype("<i4").tofile(f"{out}.indices")
    matrix.data.astype("<f4").tofile(f"{out}.values")
    return {"out": out}


serve(
    {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    {
        "texts": read_texts,
        "answer": answer,
        "time": lambda repeats, range, **_: {"ms": timed(lambda: fit(range), repeats)},
    },
)
