"""Boosted trees with scikit-learn or LightGBM: leaf-wise, histograms of 255 bins, the same learning rate, leaves and limits."""

import os

from serve import load, serve, timed

KIND = os.environ["TREES_RIVAL"]
if KIND == "lightgbm":
    lightgbm, numpy = load("lightgbm", "numpy")
    versions = {"lightgbm": lightgbm.__version__}
else:
    sklearn, numpy, threadpoolctl = load("sklearn", "numpy", "threadpoolctl")
    from sklearn.ensemble import HistGradientBoostingClassifier

    versions = {"scikit-learn": sklearn.__version__}
state = {}


def data(x, y, held_out, rows, cols, held_out_rows):
    state["x"] = numpy.fromfile(x, dtype="<f4").reshape(rows, cols)
    state["y"] = numpy.fromfile(y, dtype="<f4")
    state["held_out"] = numpy.fromfile(held_out, dtype="<f4").reshape(held_out_rows, cols)


def fit_sklearn(trees, leaves, rate, l2, threads):
    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=rate,
        l2_regularization=l2,
        min_samples_leaf=20,
        max_bins=255,
        early_stopping=False,
    )
    with threadpoolctl.threadpool_limits(threads):
        return model.fit(state["x"], state["y"])


def fit_lightgbm(trees, leaves, rate, l2, threads):
    parameters = {
        "objective": "binary",
        "num_leaves": leaves,
        "learning_rate": rate,
        "lambda_l2": l2,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 1e-3,
        "max_bin": 255,
        "num_threads": threads,
        "verbosity": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(state["x"], state["y"]), num_boost_round=trees)


fit = fit_lightgbm if KIND == "lightgbm" else fit_sklearn


def probabilities(model, threads):
    if KIND == "lightgbm":
        return model.predict(state["held_out"], num_threads=threads)
    with threadpoolctl.threadpool_limits(threads):
        return model.predict_proba(state["held_out"])[:, 1]


def answer(out, task, threads, **request):
    state["model"] = fit(threads=threads, **request)
    probabilities(state["model"], threads).astype("<f4").tofile(out)
    return {"out": out}


def time(out, repeats, task, threads, **request):
    if task == "predict":
        return {"ms": timed(lambda: probabilities(state["model"], threads), repeats)}
    return {"ms": timed(lambda: fit(threads=threads, **request), repeats)}


serve(versions, {"data": data, "answer": answer, "time": time})
