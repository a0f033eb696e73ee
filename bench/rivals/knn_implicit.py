"""Item-kNN by cosine with implicit's CosineRecommender, which lists each item as its own neighbour: one more is asked."""

from serve import load, serve, timed

implicit, nearest = load("implicit", "implicit.nearest_neighbours")
from knn import best_of_row, read_log, write_lists

state = {}


def log(**request):
    state["log"] = read_log(**request)


def fit(k, threads):
    model = nearest.CosineRecommender(K=k + 1, num_threads=threads)
    model.fit(state["log"], show_progress=False)
    return model.similarity


def answer(k, out, **configuration):
    found = fit(k, **configuration)
    bounds = found.indptr
    rows = [(found.indices[a:b], found.data[a:b]) for a, b in zip(bounds, bounds[1:])]
    lists = [best_of_row(columns, values, own, k) for own, (columns, values) in enumerate(rows)]
    return write_lists(lists, len(rows), k, out)


serve(
    {"implicit": implicit.__version__},
    {
        "log": log,
        "answer": answer,
        "time": lambda k, out, repeats, **configuration: {"ms": timed(lambda: fit(k, **configuration), repeats)},
    },
)
