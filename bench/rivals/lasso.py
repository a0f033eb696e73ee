"""The lasso path with scikit-learn, in 32 and 64 bits, from columns one after another as its descent wants them."""

from serve import load, serve, timed

sklearn, numpy, threadpoolctl = load("sklearn", "numpy", "threadpoolctl")
import warnings

from sklearn.linear_model import lasso_path

warnings.filterwarnings("ignore")
state = {}


def data(x, y, rows, cols):
    X = numpy.fromfile(x, dtype="<f4").reshape(rows, cols)
    target = numpy.fromfile(y, dtype="<f8")
    for bits, kind in ((32, "f4"), (64, "f8")):
        state[bits] = (
            numpy.asfortranarray(X, dtype=kind) - X.mean(axis=0, dtype="f8").astype(kind),
            (target - target.mean()).astype(kind),
        )
        state[bits] = tuple(numpy.asfortranarray(part) for part in state[bits])


def path(bits, precompute, alphas, tolerance, threads):
    with threadpoolctl.threadpool_limits(threads):
        return lasso_path(
            *state[bits], alphas=numpy.array(alphas), precompute=precompute, tol=tolerance, copy_X=False
        )


def answer(out, **request):
    _, coefs, _ = path(**request)
    numpy.ascontiguousarray(coefs.T, dtype="<f8").tofile(out)
    return {"out": out}


def time(out, repeats, **request):
    return {"ms": timed(lambda: path(**request), repeats)}


serve({"scikit-learn": sklearn.__version__}, {"data": data, "answer": answer, "time": time})
