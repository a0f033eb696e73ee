"""Item-kNN by cosine as scipy does it: the columns normalised, A.T @ A in blocks of its rows, the best k of each row.
The product leaves Python's lock, so blocks run on several threads; 'rows' picks the best of each sparse row, 'dense' of
the block made dense."""

from concurrent.futures import ThreadPoolExecutor

from serve import load, serve, timed

numpy, scipy = load("numpy", "scipy")
from scipy.sparse import diags_array

from knn import best_of_row, read_log, write_lists

state = {}


def log(**request):
    state["log"] = read_log(**request)


def fit(k, threads, block, best):
    a = state["log"]
    norms = numpy.sqrt(numpy.asarray(a.multiply(a).sum(axis=0)).ravel())
    normal = (a @ diags_array((1 / numpy.maximum(norms, 1e-30)).astype(numpy.float32))).tocsr()
    turned = normal.T.tocsr()

    def sparse_rows(begin, product):
        bounds = product.indptr
        return [
            best_of_row(product.indices[bounds[r] : bounds[r + 1]], product.data[bounds[r] : bounds[r + 1]], begin + r, k)
            for r in range(product.shape[0])
        ]

    def dense_rows(begin, product):
        scores = product.toarray()
        rows = numpy.arange(scores.shape[0])
        scores[rows, begin + rows] = 0
        columns = numpy.argpartition(scores, -k, axis=1)[:, -k:]
        values = numpy.take_along_axis(scores, columns, axis=1)
        order = numpy.argsort(-values, axis=1)
        columns, values = numpy.take_along_axis(columns, order, axis=1), numpy.take_along_axis(values, order, axis=1)
        return [(c[v > 0], v[v > 0]) for c, v in zip(columns, values)]

    pick = sparse_rows if best == "rows" else dense_rows

    def run(begin):
        return pick(begin, turned[begin : begin + block] @ normal)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(run, range(0, a.shape[1], block)))
    return [one for part in parts for one in part]


serve(
    {"scipy": scipy.__version__},
    {
        "log": log,
        "answer": lambda k, out, **configuration: write_lists(fit(k, **configuration), state["log"].shape[1], k, out),
        "time": lambda k, out, repeats, **configuration: {"ms": timed(lambda: fit(k, **configuration), repeats)},
    },
)
