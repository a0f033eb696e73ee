"""Logistic regression by stochastic gradients with scikit-learn: partial_fit on batches of CSR rows, cut before anything is timed."""

from serve import load, serve, timed

sklearn, numpy, scipy, threadpoolctl = load("sklearn", "numpy", "scipy", "threadpoolctl")
import warnings

from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

warnings.filterwarnings("ignore")
state = {}
STEPS = (
    [{"learning_rate": "optimal", "alpha": alpha} for alpha in (1e-7, 1e-6, 1e-5, 1e-4)]
    + [{"learning_rate": "constant", "eta0": eta0, "alpha": 1e-8} for eta0 in (0.01, 0.03, 0.1, 0.3)]
    + [
        {"learning_rate": "invscaling", "eta0": eta0, "power_t": power, "alpha": 1e-8}
        for eta0 in (0.1, 0.3, 1.0, 3.0)
        for power in (0.1, 0.25, 0.5)
    ]
)


def read(name, offsets, indices, labels, width):
    at = numpy.fromfile(offsets, dtype="<i4")
    columns = numpy.fromfile(indices, dtype="<i4")
    rows = csr_matrix((numpy.ones(len(columns), dtype="f4"), columns, at), shape=(len(at) - 1, width))
    state[name] = (rows, numpy.fromfile(labels, dtype="<f8"))


def batches(rows, bits):
    """Of the training rows, each a matrix of its own."""
    key = (rows, bits)
    if key not in state:
        X, y = state["train"]
        X, y = X.astype(f"f{bits // 8}"), y.astype("i8")
        state[key] = [(X[at : at + rows], y[at : at + rows]) for at in range(0, X.shape[0], rows)]
    return state[key]


def learn(model, rows, bits):
    for X, y in batches(rows, bits):
        model.partial_fit(X, y, classes=[0, 1])
    return model


def fresh(settings):
    return SGDClassifier(loss="log_loss", shuffle=False, **settings)


def loss(model, part):
    X, y = state[part]
    return log_loss(y, model.predict_proba(X)[:, 1])


def tune():
    """The steps that predict the validation rows best after one pass."""
    return min(
        ({"settings": settings, "loss": loss(learn(fresh(settings), 10_000, 64), "validation")} for settings in STEPS),
        key=lambda one: one["loss"],
    )


def answer(settings, rows, bits, threads):
    with threadpoolctl.threadpool_limits(threads):
        model = learn(fresh(settings), rows, bits)
        return {"loss": loss(model, "test")}


def time(settings, rows, bits, threads, repeats):
    model = fresh(settings)
    batches(rows, bits)
    with threadpoolctl.threadpool_limits(threads):
        return {"ms": timed(lambda: learn(model, rows, bits), repeats)}


serve({"scikit-learn": sklearn.__version__}, {"read": read, "tune": tune, "answer": answer, "time": time})
