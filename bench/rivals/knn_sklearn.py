"""Item-kNN by cosine with sklearn.neighbors.NearestNeighbors, brute force over sparse rows."""

from serve import load, serve, timed

numpy, sklearn, neighbors = load("numpy", "sklearn", "sklearn.neighbors")
from knn import read_log, write_lists

state = {}


def log(**request):
    state["items"] = read_log(**request).T.tocsr()


def fit(k, threads):
    items = state["items"]
    model = neighbors.NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute", n_jobs=threads).fit(items)
    distances, columns = model.kneighbors()
    return columns, 1 - distances


def answer(k, out, **configuration):
    columns, values = fit(k, **configuration)
    kept = values > 1e-6
    return write_lists([(c[m], v[m]) for c, v, m in zip(columns, values, kept)], len(columns), k, out)


serve(
    {"scikit-learn": sklearn.__version__},
    {
        "log": log,
        "answer": answer,
        "time": lambda k, out, repeats, **configuration: {"ms": timed(lambda: fit(k, **configuration), repeats)},
    },
)
