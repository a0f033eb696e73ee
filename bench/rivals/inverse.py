"""The inverse of a symmetric positive definite matrix in single precision: LAPACK's spotrf and spotri as scipy ships them,
and numpy.linalg.inv. Every call works on a copy of its own."""

from serve import load, serve, timed

numpy, scipy, threadpoolctl = load("numpy", "scipy", "threadpoolctl")
from scipy.linalg import lapack

state = {}


def matrix(path, n):
    """[n, n]; symmetric, so its transpose is the same in the order of columns that LAPACK wants."""
    state["matrix"] = numpy.fromfile(path, dtype="<f4").reshape(n, n).T


def potri():
    factor, info = lapack.spotrf(state["matrix"].copy(order="F"), lower=1, clean=0, overwrite_a=1)
    assert info == 0, f"spotrf: {info}"
    inverse, info = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert info == 0, f"spotri: {info}"
    return inverse


METHODS = {"potri": potri, "inv": lambda: numpy.linalg.inv(state["matrix"])}


def answer(method, threads, columns, out):
    """Columns of the inverse, one after another; of potri's, the lower triangle counts."""
    with threadpoolctl.threadpool_limits(threads, "blas"):
        inverse = METHODS[method]()
    found = [numpy.concatenate([inverse[j, :j], inverse[j:, j]]) for j in columns]
    numpy.array(found, dtype="<f4").tofile(out)
    return {"out": out}


def time(method, threads, columns, out, repeats):
    with threadpoolctl.threadpool_limits(threads, "blas"):
        return {"ms": timed(METHODS[method], repeats)}


def weights(gram, n, out):
    """The weights of EASE by the book (Steck 2019, equation 8), in double."""
    inverse = numpy.linalg.inv(numpy.fromfile(gram, dtype="<f4").reshape(n, n).astype(numpy.float64))
    found = -inverse / numpy.diag(inverse)
    numpy.fill_diagonal(found, 0)
    found.astype("<f4").tofile(out)


serve(
    {"numpy": numpy.__version__, "scipy": scipy.__version__},
    {"matrix": matrix, "answer": answer, "time": time, "weights": weights},
)
