"""The rivals of bench/ease.mjs: LAPACK as scipy ships it, and numpy.linalg.inv. One command a line, one answer a line."""
import sys
import time

import numpy as np
import scipy
from scipy.linalg import lapack


def matrix(n):
    """Symmetric positive definite; times do not depend on the numbers."""
    a = np.random.default_rng(1).random((n, n), dtype=np.float32) - np.float32(0.5)
    a = np.asfortranarray(a + a.T)
    a[np.diag_indices(n)] += n
    return a


def potri(a):
    factor, info = lapack.spotrf(a, lower=1, clean=0, overwrite_a=1)
    assert info == 0
    inverse, info = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert info == 0
    return inverse


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


print("ready", f"numpy {np.__version__}, scipy {scipy.__version__}", flush=True)
for line in sys.stdin:
    command, *arguments = line.rstrip("\n").split("\t")
    if command == "weights":  # gram.npy, out.npy: EASE by the book, in double
        P = np.linalg.inv(np.load(arguments[0]).astype(np.float64))
        B = -P / np.diag(P)
        np.fill_diagonal(B, 0)
        np.save(arguments[1], B.astype(np.float32))
        print("done", flush=True)
        continue
    a = matrix(int(arguments[0]))
    if command == "inv64":
        a = a.astype(np.float64)
    wall, cpu = timed(lambda: potri(a) if command == "potri" else np.linalg.inv(a))
    print("done", wall, cpu, flush=True)
