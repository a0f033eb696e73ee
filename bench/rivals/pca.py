"""Principal components with sklearn.decomposition.PCA, in single precision."""

from serve import load, serve, timed

numpy, sklearn, threadpoolctl, decomposition = load("numpy", "sklearn", "threadpoolctl", "sklearn.decomposition")

state = {}


def data(path, rows, cols):
    state["x"] = numpy.fromfile(path, dtype="<f4").reshape(rows, cols)


def fitted(components, solver, threads):
    with threadpoolctl.threadpool_limits(threads):
        return decomposition.PCA(components, svd_solver=solver, random_state=0).fit(state["x"])


def transformed(solver, threads):
    with threadpoolctl.threadpool_limits(threads):
        return state["fitted"].transform(state["x"])


def fit_transformed(components, solver, threads):
    with threadpoolctl.threadpool_limits(threads):
        return decomposition.PCA(components, svd_solver=solver, random_state=0).fit_transform(state["x"])


def answer(task, components, out, sample, **configuration):
    """The components, then the coordinates of the rows in `sample`."""
    state["fitted"] = fitted(components, **configuration)
    images = state["fitted"].transform(state["x"][sample])
    state["fitted"].components_.astype("<f4").tofile(out + ".components")
    images.astype("<f4").tofile(out + ".images")
    return {"out": out}


TASKS = {
    "fit": lambda components, **configuration: fitted(components, **configuration),
    "transform": lambda components, **configuration: transformed(**configuration),
    "fit and transform": lambda components, **configuration: fit_transformed(components, **configuration),
}


def time(task, components, out, sample, repeats, **configuration):
    return {"ms": timed(lambda: TASKS[task](components, **configuration), repeats)}


serve({"scikit-learn": sklearn.__version__, "numpy": numpy.__version__}, {"data": data, "answer": answer, "time": time})
