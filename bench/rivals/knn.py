"""What the item-kNN rivals share: the log [users, items] from its CSR files, and lists written for the validation."""

import numpy


def read_log(indptr, indices, users, items):
    from scipy.sparse import csr_matrix

    columns = numpy.fromfile(indices, dtype="<i4")
    ones = numpy.ones(len(columns), dtype=numpy.float32)
    return csr_matrix((ones, columns, numpy.fromfile(indptr, dtype="<i4")), shape=(users, items))


def best_of_row(columns, values, own, k):
    """The k largest similarities of one sparse row, without the item itself."""
    other = columns != own
    columns, values = columns[other], values[other]
    if len(values) > k:
        best = numpy.argpartition(values, -k)[-k:]
        columns, values = columns[best], values[best]
    order = numpy.argsort(-values)
    return columns[order], values[order]


def write_lists(lists, items, k, out):
    """lists: for each item (columns, similarities); padded with -1 and 0."""
    indices = numpy.full((items, k), -1, dtype="<i4")
    scores = numpy.zeros((items, k), dtype="<f4")
    for item, (columns, values) in enumerate(lists):
        indices[item, : len(columns)] = columns
        scores[item, : len(values)] = values
    indices.tofile(f"{out}.indices")
    scores.tofile(f"{out}.scores")
    return {"out": out}
