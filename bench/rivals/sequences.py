"""SASRec and GRU4Rec in PyTorch, on padded batches: SASRec as pmixer's and gSASRec's code have it, with the cross-entropy over
all items (Klenitskiy and Vasilev 2023); GRU4Rec by the recipe of its authors' GRU4REC-pytorch-official: sessions in parallel,
one event of each at a time, gradients through that event alone, cross-entropy over the batch's items and 2048 drawn ones by
their frequency to the power of 0.5, Adagrad."""

import time

from serve import load, serve

(torch,) = load("torch")
from torch import nn
from torch.nn import functional as F

state = {}


def read(path):
    """path: lines of "user item" in order; the last two items of each user are left out."""
    users = {}
    with open(path) as file:
        for line in file:
            user, item = map(int, line.split())
            users.setdefault(user, []).append(item)
    state["items"] = max(max(items) for items in users.values())
    state["sequences"] = [items[:-2] for items in users.values() if len(items) > 3]
    return {"items": state["items"]}


class SASRec(nn.Module):
    def __init__(self, items, dims, layers, heads, length, dropout):
        super().__init__()
        self.dims, self.heads, self.rate = dims, heads, dropout
        self.items = nn.Embedding(items + 1, dims, padding_idx=0)
        self.positions = nn.Embedding(length, dims)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=0.02)
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    "first": nn.LayerNorm(dims, 1e-6),
                    "second": nn.LayerNorm(dims, 1e-6),
                    "qkv": nn.Linear(dims, 3 * dims),
                    "output": nn.Linear(dims, dims),
                    "inner": nn.Linear(dims, dims),
                    "outer": nn.Linear(dims, dims),
                }
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dims, 1e-6)

    def forward(self, ids):
        batch, length = ids.shape
        x = self.dims**0.5 * self.items(ids) + self.positions.weight[:length]
        x = self.drop(x)
        rate = self.rate if self.training else 0.0
        for layer in self.layers:
            q, k, v = layer["qkv"](layer["first"](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            # Padding follows: a causal mask keeps it out of what counts.
            mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=True)
            x = x + self.drop(layer["output"](mixed.transpose(1, 2).reshape(batch, length, -1)))
            inner = self.drop(F.relu(layer["inner"](layer["second"](x))))
            x = x + self.drop(layer["outer"](inner))
        return self.norm(x)


def sasrec_batches(length, batch):
    windows = []
    for items in state["sequences"]:
        end = len(items)
        while end > 1:
            windows.append(items[max(0, end - length - 1) : end])
            end -= length
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(1)).tolist()
    return [[windows[n] for n in order[begin : begin + batch]] for begin in range(0, len(order), batch)]


def sasrec_epoch(dims, layers, heads, length, dropout, batch, threads, padding, steps=None):
    """Milliseconds of an epoch, or of its first steps. padding: "fixed" to the length, or "longest" of the batch; in either
    way logits are of those places alone that have a label."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = SASRec(state["items"], dims, layers, heads, length, dropout).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    batches = sasrec_batches(length, batch)[:steps]
    tokens = sum(len(window) - 1 for one in batches for window in one)
    start = time.perf_counter()
    for windows in batches:
        width = length if padding == "fixed" else max(len(window) for window in windows) - 1
        ids = torch.tensor([window[:-1] + [0] * (width + 1 - len(window)) for window in windows])
        labels = torch.tensor([window[1:] + [0] * (width + 1 - len(window)) for window in windows])
        told = labels > 0
        states = model(ids)[told]
        loss = F.cross_entropy(states @ model.items.weight[1:].T, labels[told] - 1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    return {"ms": 1e3 * (time.perf_counter() - start), "loss": loss.item(), "tokens": tokens}


def gru4rec_events(dims, batch, negatives, threads, steps):
    """Events a second over so many steps of sessions in parallel."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    items = state["items"]
    table = nn.Embedding(items + 1, dims)
    bias = nn.Embedding(items + 1, 1)
    cell = nn.GRUCell(dims, dims)
    for weights in (table.weight, bias.weight):
        nn.init.normal_(weights, std=0.02)
    parameters = [*table.parameters(), *bias.parameters(), *cell.parameters()]
    optimizer = torch.optim.Adagrad(parameters, lr=0.05)
    counts = torch.zeros(items + 1)
    for sequence in state["sequences"]:
        counts += torch.bincount(torch.tensor(sequence), minlength=items + 1)
    share = counts.sqrt()
    hidden = torch.zeros(batch, dims)
    place, session = [0] * batch, list(range(batch))
    following, events = batch, 0
    drawn = torch.multinomial(share, steps * negatives, replacement=True).view(steps, negatives)
    start = time.perf_counter()
    for step in range(steps):
        for lane in range(batch):
            if place[lane] + 1 >= len(state["sequences"][session[lane]]):
                session[lane], place[lane] = following % len(state["sequences"]), 0
                following += 1
                hidden[lane] = 0
        ids = torch.tensor([state["sequences"][session[lane]][place[lane]] for lane in range(batch)])
        nexts = torch.tensor([state["sequences"][session[lane]][place[lane] + 1] for lane in range(batch)])
        told = torch.cat([nexts, drawn[step]])
        hidden = cell(table(ids), hidden.detach())
        logits = F.dropout(hidden, 0.2) @ table(told).T + bias(told).T
        loss = F.cross_entropy(logits, torch.arange(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        events += batch
        place = [one + 1 for one in place]
    seconds = time.perf_counter() - start
    return {"ms": 1e3 * seconds, "events": events}


serve(
    {"PyTorch": torch.__version__},
    {"read": read, "sasrec": sasrec_epoch, "gru4rec": gru4rec_events},
)
