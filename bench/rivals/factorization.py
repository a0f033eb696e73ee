"""Factor models with implicit: ALS from the same start as its opponent, and BPR. BLAS has one thread, which serves implicit
best: it has threads of its own for rows."""

from serve import load, serve, timed

implicit, numpy, threadpoolctl = load("implicit", "numpy", "threadpoolctl")
from implicit.cpu import _als
from implicit.cpu.bpr import BayesianPersonalizedRanking

from knn import read_log

state = {}


def log(**request):
    state["log"] = read_log(**request)


def als(x, y, factors, alpha):
    """Confidences, and the start of the factors from their files."""
    confidence = state["log"].copy()
    confidence.data = alpha * confidence.data + 1
    state["Cui"], state["Ciu"] = confidence, confidence.T.tocsr()
    state["start"] = [numpy.fromfile(path, dtype="<f4").reshape(-1, factors) for path in (x, y)]
    state["X"], state["Y"] = (start.copy() for start in state["start"])


def sweep(solver, regularization, threads, steps):
    for C, A, B in [(state["Cui"], state["X"], state["Y"]), (state["Ciu"], state["Y"], state["X"])]:
        if solver == "cg":
            _als.least_squares_cg(C, A, B, regularization, num_threads=threads, cg_steps=steps)
        else:
            _als.least_squares(C, A, B, regularization, num_threads=threads)


def loss(regularization):
    C, X, Y = state["Cui"], state["X"], state["Y"]
    total = float(((X.T @ X).astype("f8") * (Y.T @ Y)).sum())
    total += regularization * (float((X.astype("f8") ** 2).sum()) + float((Y.astype("f8") ** 2).sum()))
    for begin in range(0, C.shape[0], 4000):
        part = C[begin : begin + 4000].tocoo()
        scores = numpy.einsum("ij,ij->i", X[begin + part.row], Y[part.col]).astype("f8")
        total += float((part.data * (1 - scores) ** 2 - scores**2).sum())
    return total


def als_answer(iterations, regularization, out, **settings):
    state["X"], state["Y"] = (start.copy() for start in state["start"])
    for _ in range(iterations):
        sweep(regularization=regularization, **settings)
    return write_factors(state["X"], state["Y"], out) | {"loss": loss(regularization)}


def write_factors(X, Y, out):
    numpy.ascontiguousarray(X, dtype="<f4").tofile(f"{out}.x")
    numpy.ascontiguousarray(Y, dtype="<f4").tofile(f"{out}.y")
    return {"out": out}


def bpr_model(factors, iterations, threads):
    return BayesianPersonalizedRanking(
        factors=factors, learning_rate=0.05, regularization=0.01, iterations=iterations, num_threads=threads, random_state=1
    )


def bpr_time(factors, threads, repeats):
    """Of the epochs alone, as implicit counts them."""
    spent = []
    model = bpr_model(factors, repeats, threads)
    model.fit(state["log"], show_progress=False, callback=lambda epoch, elapsed, *rest: spent.append(elapsed))
    return {"ms": 1e3 * sum(spent) / len(spent)}


def bpr_answer(factors, iterations, threads, out):
    model = bpr_model(factors, iterations, threads)
    model.fit(state["log"], show_progress=False)
    return write_factors(model.user_factors, model.item_factors, out)


def answer(model, **request):
    return als_answer(**request) if model == "als" else bpr_answer(**request)


def time(model, out, iterations, repeats, **request):
    if model == "als":
        return {"ms": timed(lambda: sweep(**request), repeats)}
    return bpr_time(repeats=repeats, **request)


with threadpoolctl.threadpool_limits(1, "blas"):
    serve({"implicit": implicit.__version__}, {"log": log, "als": als, "answer": answer, "time": time})
