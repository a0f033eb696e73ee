# The rival of similarity.mjs, fed through standard input: faiss.IndexFlatIP over the same bytes.
# Tab-separated lines in: load path rows dims; search path queries k threads out. Lines out: ok, and seconds.
import sys
import time

import faiss
import numpy

faiss.cvar.distance_compute_blas_threshold = 1600
index = None
print("ok", faiss.__version__, flush=True)
for line in sys.stdin:
    command, *arguments = line.rstrip("\n").split("\t")
    if command == "load":
        path, rows, dims = arguments[0], int(arguments[1]), int(arguments[2])
        index = faiss.IndexFlatIP(dims)
        index.add(numpy.fromfile(path, dtype="<f4").reshape(rows, dims))
        print("ok", flush=True)
    else:
        path, queries, k, threads, out = arguments
        faiss.omp_set_num_threads(int(threads))
        vectors = numpy.fromfile(path, dtype="<f4").reshape(int(queries), -1)
        start = time.perf_counter()
        scores, indices = index.search(vectors, int(k))
        seconds = time.perf_counter() - start
        indices.astype("<i4").tofile(out)
        scores.astype("<f4").tofile(out + ".scores")
        print("ok", seconds, flush=True)
