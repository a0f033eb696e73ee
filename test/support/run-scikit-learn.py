"""What scikit-learn makes of the columns of a table, for test/real/features.test.ts: JSON in, JSON out."""

import json
import sys
import warnings

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import (
    MinMaxScaler,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

warnings.simplefilter("ignore")
given = json.load(sys.stdin)
number = np.array([np.nan if v is None else v for v in given["number"]], dtype=float)[:, None]
category = np.array(given["category"], dtype=object)[:, None]
target = np.array(given["target"], dtype=float)
labels = MultiLabelBinarizer()


def plain(array):
    return [None if v != v else float(v) for v in np.asarray(array, dtype=float).ravel()]


json.dump(
    {
        "standard": plain(StandardScaler().fit_transform(number)),
        "min-max": plain(MinMaxScaler((-1, 1)).fit_transform(number)),
        "robust": plain(RobustScaler().fit_transform(number)),
        "quantile": plain(QuantileTransformer(output_distribution="normal", subsample=None).fit_transform(number)),
        "one-hot": plain(OneHotEncoder(sparse_output=False).fit_transform(category).argmax(axis=1)),
        "ordinal": plain(OrdinalEncoder().fit_transform(category)),
        "hash": plain(FeatureHasher(8).transform([{"category": c} for c in given["category"]]).toarray()),
        "target": plain(TargetEncoder(target_type="continuous").fit(category, target).transform(category)),
        "labels": plain(labels.fit_transform(given["labels"])),
        "classes": labels.classes_.tolist(),
    },
    sys.stdout,
)
