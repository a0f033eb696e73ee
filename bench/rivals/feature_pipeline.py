"""MinMaxScaler, OneHotEncoder and FeatureHasher, fitted and transformed: numbers in one array of 64-bit floats, categories
as arrays of objects, which the encoder takes faster than those of fixed width."""

from serve import load, serve, timed

np, sklearn, scipy = load("numpy", "sklearn", "scipy")
from sklearn.feature_extraction import FeatureHasher  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder  # noqa: E402

state = {}


def table(paths, brands, sellers, buckets):
    state["numbers"] = np.stack([np.fromfile(paths[name], dtype="<f8") for name in ("price", "stock")], axis=1)
    state["brand"] = np.array(brands, dtype=object)[np.fromfile(paths["brand"], dtype="<i4")][:, None]
    state["seller"] = np.array(sellers, dtype=object)[np.fromfile(paths["seller"], dtype="<i4")].tolist()
    state["buckets"] = buckets


def make():
    return (
        MinMaxScaler().fit_transform(state["numbers"]),
        OneHotEncoder(handle_unknown="ignore", dtype=np.float32).fit_transform(state["brand"]),
        FeatureHasher(state["buckets"], input_type="string", dtype=np.float32).transform(
            (seller,) for seller in state["seller"]
        ),
    )


def answer(out, sample, **_):
    numbers, brand, seller = make()
    np.hstack([numbers[:sample], brand[:sample].toarray(), seller[:sample].toarray()]).astype("<f4").tofile(out)
    return {"out": out}


serve(
    {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    {"table": table, "answer": answer, "time": lambda repeats, **_: {"ms": timed(make, repeats)}},
)
