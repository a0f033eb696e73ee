"""implicit on the log that bench/factorization.mjs wrote: one JSON line per iteration.

Settings that serve it best: one BLAS thread (threadpoolctl), its own threads for rows.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import scipy.sparse as sp
import threadpoolctl
from implicit.cpu import _als
from implicit.cpu.bpr import BayesianPersonalizedRanking

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("method", choices=["cg", "cholesky", "bpr"])
parser.add_argument("--factors", type=int, required=True)
parser.add_argument("--iterations", type=int, required=True)
parser.add_argument("--alpha", type=float, required=True)
parser.add_argument("--regularization", type=float, required=True)
parser.add_argument("--threads", type=int, required=True)
args = parser.parse_args()

shape = json.loads((args.folder / "shape.json").read_text())
log = sp.csr_matrix(
    tuple(np.fromfile(args.folder / name, kind) for name, kind in [("values.f32", "f4"), ("indices.i32", "i4"), ("indptr.i32", "i4")]),
    shape=(shape["rows"], shape["cols"]),
)


def loss(C, X, Y):
    """The loss of kindred's als_loss, for stored confidences C."""
    total = float(((X.T @ X).astype("f8") * (Y.T @ Y)).sum())
    total += args.regularization * (float((X.astype("f8") ** 2).sum()) + float((Y.astype("f8") ** 2).sum()))
    for begin in range(0, C.shape[0], 4000):
        part = C[begin : begin + 4000].tocoo()
        scores = np.einsum("ij,ij->i", X[begin + part.row], Y[part.col]).astype("f8")
        total += float((part.data * (1 - scores) ** 2 - scores**2).sum())
    return total


def report(iteration, started, cpu, **more):
    print(json.dumps({"iteration": iteration, "ms": 1e3 * (time.time() - started), "cpuMs": 1e3 * (time.process_time() - cpu), **more}), flush=True)


random = np.random.default_rng(1)
with threadpoolctl.threadpool_limits(1, "blas"):
    if args.method == "bpr":
        marks = []
        model = BayesianPersonalizedRanking(
            factors=args.factors, learning_rate=0.05, regularization=0.01, iterations=1, num_threads=args.threads, random_state=1
        )
        model.fit(log, show_progress=False)  # one epoch, with what fit sets up
        for iteration in range(args.iterations):
            started, cpu = time.time(), time.process_time()
            model.fit(log, show_progress=False)
            report(iteration, started, cpu)
    else:
        Cui = log.copy()
        Cui.data = args.alpha * Cui.data + 1
        Ciu = Cui.T.tocsr()
        X, Y = (0.01 * random.standard_normal((n, args.factors)).astype("f4") for n in log.shape)
        for iteration in range(args.iterations):
            started, cpu = time.time(), time.process_time()
            for C, A, B in [(Cui, X, Y), (Ciu, Y, X)]:
                if args.method == "cg":
                    _als.least_squares_cg(C, A, B, args.regularization, num_threads=args.threads, cg_steps=3)
                else:
                    _als.least_squares(C, A, B, args.regularization, num_threads=args.threads)
            report(iteration, started, cpu, loss=loss(Cui, X, Y))
