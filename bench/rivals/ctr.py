"""Networks of clicks in PyTorch: DCNv2 and DeepFM as lib/models/ctr has them, trained by the same recipe: Adam, a rate of its own for
tables of embeddings with an L2 penalty on them, the rate times 0.1 after an epoch whose AUC was no better, an end after two. Tables
are updated whole, as PyTorch's Adam does it."""

import time

from serve import load, serve

torch, numpy, sklearn = load("torch", "numpy", "sklearn")
from sklearn.metrics import log_loss, roc_auc_score
from torch import nn

state = {}


def parse(path):
    labels, rows = [], []
    with open(path) as file:
        for line in file:
            label, *pairs = line.split()
            labels.append(float(label))
            rows.append([int(pair.split(":")[0]) for pair in pairs])
    return numpy.array(rows), numpy.array(labels, dtype=numpy.float32)


def read(train, valid):
    """Features in fewer than two rows, and those that the training lacks, are one of each field."""
    rows, labels = parse(train)
    counts = numpy.bincount(rows.reshape(-1), minlength=rows.max() + 1)
    known = numpy.flatnonzero(counts >= 2)
    codes = numpy.full(len(counts), -1)
    codes[known] = numpy.arange(len(known))

    def encode(own):
        found = numpy.where(own < len(codes), codes[numpy.minimum(own, len(codes) - 1)], -1)
        fields = numpy.arange(own.shape[1])[None, :]
        return torch.from_numpy(numpy.where(found < 0, fields, found + own.shape[1]))

    state["train"] = encode(rows), torch.from_numpy(labels)
    rows_valid, labels_valid = parse(valid)
    state["valid"] = encode(rows_valid), torch.from_numpy(labels_valid)
    state["features"] = len(known) + rows.shape[1]
    return {"rows": len(labels), "features": len(known)}


def perceptron(inputs, units, dropout):
    layers = []
    for outputs in units:
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]
        inputs = outputs
    return nn.Sequential(*layers)


class Embedded(nn.Module):
    def __init__(self, features, fields, dims):
        super().__init__()
        self.embedding = nn.Embedding(features, dims)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.width = fields * dims


class DCNv2(Embedded):
    def __init__(self, features, fields, dims, hidden, dropout, crossLayers):
        super().__init__(features, fields, dims)
        self.cross = nn.ModuleList(nn.Linear(self.width, self.width) for _ in range(crossLayers))
        self.deep = perceptron(self.width, hidden, dropout)
        self.out = nn.Linear(self.width + hidden[-1], 1)

    def forward(self, ids):
        x0 = x = self.embedding(ids).flatten(1)
        for layer in self.cross:
            x = x0 * layer(x) + x
        return self.out(torch.cat([x, self.deep(x0)], 1))[:, 0]


class DeepFM(Embedded):
    def __init__(self, features, fields, dims, hidden, dropout):
        super().__init__(features, fields, dims)
        self.linear = nn.Embedding(features, 1)
        nn.init.zeros_(self.linear.weight)
        self.bias = nn.Parameter(torch.zeros(1))
        self.deep = perceptron(self.width, hidden, dropout)
        self.out = nn.Linear(hidden[-1], 1)

    def forward(self, ids):
        v = self.embedding(ids)
        pairs = 0.5 * (v.sum(1) ** 2 - (v**2).sum(1)).sum(1)
        return self.linear(ids).sum((1, 2)) + self.bias + pairs + self.out(self.deep(v.flatten(1)))[:, 0]


def start(module):
    if isinstance(module, nn.Linear):
        nn.init.xavier_normal_(module.weight)
        nn.init.zeros_(module.bias)


def predict(model, ids, batch):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part).sigmoid() for part in ids.split(batch)])


def fit(model, sizes, epochs, patience, batch, rate, embeddingRate, l2, seed, threads):
    """Answers with the AUC, the log loss and the seconds of each epoch, the validation included."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    (ids, labels), (valid, truth) = state["train"], state["valid"]
    network = {"DCNv2": DCNv2, "DeepFM": DeepFM}[model](state["features"], ids.shape[1], **sizes)
    network.apply(start)
    tables = [p for module in network.modules() if isinstance(module, nn.Embedding) for p in module.parameters()]
    others = [p for p in network.parameters() if all(p is not table for table in tables)]
    optimizer = torch.optim.Adam(
        [{"params": tables, "lr": rate * embeddingRate, "weight_decay": l2}, {"params": others, "lr": rate}], fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    best, waited, history = 0, 0, []
    for _ in range(epochs):
        began = time.perf_counter()
        network.train()
        for part in torch.randperm(len(ids), generator=generator).split(batch):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(network(ids[part]), labels[part])
            loss.backward()
            optimizer.step()
        predicted = predict(network, valid, batch)
        auc = roc_auc_score(truth, predicted)
        history.append({"auc": auc, "logLoss": log_loss(truth, predicted), "seconds": time.perf_counter() - began})
        if auc > best * (1 + 1e-4):
            waited = 0
        else:
            for group in optimizer.param_groups:
                group["lr"] *= 0.1
        waited = 0 if auc > best else waited + 1
        best = max(best, auc)
        if waited >= patience:
            break
    return {"history": history}


serve({"torch": torch.__version__}, {"read": read, "fit": fit})
