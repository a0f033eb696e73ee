"""faiss.IndexFlatIP over the same bytes, on `threads` threads of OpenMP and BLAS alike."""

import contextlib

from serve import load, serve, timed

faiss, numpy = load("faiss", "numpy")
try:
    from threadpoolctl import threadpool_limits
except ImportError:
    threadpool_limits = contextlib.nullcontext
default_threshold = faiss.cvar.distance_compute_blas_threshold
state = {}


def catalogue(path, rows, dims):
    state["index"] = faiss.IndexFlatIP(dims)
    state["index"].add(numpy.fromfile(path, dtype="<f4").reshape(rows, dims))
    return {"threshold": default_threshold}


def queries(path):
    state["queries"] = numpy.fromfile(path, dtype="<f4").reshape(-1, state["index"].d)


def search(k, threads, threshold, out=None, repeats=1):
    faiss.omp_set_num_threads(threads)
    faiss.cvar.distance_compute_blas_threshold = threshold
    with threadpool_limits(threads):
        if out is None:
            return {"ms": timed(lambda: state["index"].search(state["queries"], k), repeats)}
        scores, indices = state["index"].search(state["queries"], k)
    indices.astype("<i4").tofile(f"{out}.indices")
    scores.astype("<f4").tofile(f"{out}.scores")
    return {"out": out}


serve(
    {"faiss": faiss.__version__},
    {
        "catalogue": catalogue,
        "queries": queries,
        "answer": search,
        "time": lambda out, **request: search(**request),
    },
)
