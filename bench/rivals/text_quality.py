"""BERT tuned by PyTorch with the models of transformers on the data of text-quality.mjs: AdamW without decay of biases and norms,
gradients of norm 1 at most, a learning rate that rises over the warm-up and falls to 0, batches drawn anew each epoch."""

import json

from serve import load, serve

torch, transformers, scipy_stats = load("torch", "transformers", "scipy.stats")
transformers.logging.set_verbosity_error()


def padded(lists, value):
    width = max(len(one) for one in lists)
    return torch.tensor([one + [value] * (width - len(one)) for one in lists])


def encoded(ids):
    return {"input_ids": padded(ids, 0), "attention_mask": padded([[1] * len(one) for one in ids], 0)}


def fit(model, samples, loss_of, options, seed):
    """loss_of(rows) gives the loss of a batch."""
    decays, plain = [], []
    for name, weights in model.named_parameters():
        (plain if name.endswith("bias") or "LayerNorm" in name else decays).append(weights)
    groups = [{"params": decays, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=options["learningRate"], fused=True)
    size = options["batchSize"]
    steps = options["epochs"] * -(-samples // size)
    warmup = round(options["warmup"] * steps)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    random = torch.Generator().manual_seed(seed)
    model.train()
    for _ in range(options["epochs"]):
        order = torch.randperm(samples, generator=random).tolist()
        for begin in range(0, samples, size):
            loss_of(order[begin : begin + size]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    model.eval()


def batches(count, size=32):
    return [range(begin, min(count, begin + size)) for begin in range(0, count, size)]


def classes(folder, data, options, seed, tokenizer):
    def read(part):
        ids = tokenizer(part["texts"], truncation=True, max_length=options["maxTokens"])["input_ids"]
        return ids, torch.tensor([int(label) for label in part["labels"]])

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
    ids, labels = read(data["train"])
    fit(model, len(ids), lambda rows: model(**encoded([ids[n] for n in rows]), labels=labels[rows]).loss, options, seed)
    ids, labels = read(data["test"])
    with torch.no_grad():
        said = torch.cat([model(**encoded([ids[n] for n in rows])).logits.argmax(1) for rows in batches(len(ids))])
    return (said == labels).double().mean().item()


def spans(tags):
    """Entities as conlleval counts them."""
    found, begin, kind = set(), None, None
    for n, tag in enumerate([*tags, "O"]):
        prefix, _, own = tag.partition("-")
        if begin is not None and (prefix != "I" or own != kind):
            found.add((begin, n, kind))
            begin = None
        if prefix == "B" or (prefix == "I" and begin is None):
            begin, kind = n, own
    return found


def entities(folder, data, options, seed, tokenizer):
    names = sorted({tag for tags in data["train"]["tags"] for tag in tags})

    def read(part):
        given = tokenizer(part["sentences"], is_split_into_words=True, truncation=True, max_length=options["maxTokens"])
        firsts = []
        for n in range(len(part["sentences"])):
            words = given.word_ids(n)
            firsts.append([place for place, word in enumerate(words) if word is not None and word != words[place - 1]])
        return given["input_ids"], firsts

    model = transformers.AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(names))
    ids, firsts = read(data["train"])
    targets = []
    for n, places in enumerate(firsts):
        row = [-100] * len(ids[n])
        for word, place in enumerate(places):
            row[place] = names.index(data["train"]["tags"][n][word])
        targets.append(row)

    def loss(rows):
        labels = padded([targets[n] for n in rows], -100)
        return model(**encoded([ids[n] for n in rows]), labels=labels).loss

    fit(model, len(ids), loss, options, seed)
    ids, firsts = read(data["test"])
    right = said = there = 0
    with torch.no_grad():
        for rows in batches(len(ids)):
            best = model(**encoded([ids[n] for n in rows])).logits.argmax(2)
            for n, row in zip(rows, best):
                truth = spans(data["test"]["tags"][n])
                own = spans([names[row[place]] for place in firsts[n]])
                right, said, there = right + len(truth & own), said + len(own), there + len(truth)
    return 2 * right / (said + there)


def similarity(folder, data, options, seed, tokenizer):
    model = transformers.AutoModel.from_pretrained(folder)

    def read(part):
        sides = [[pair[side] for pair in part["pairs"]] for side in (0, 1)]
        return [tokenizer(one, truncation=True, max_length=options["maxTokens"])["input_ids"] for one in sides]

    def vectors(ids):
        given = encoded(ids)
        mask = given["attention_mask"].unsqueeze(2)
        return (model(**given).last_hidden_state * mask).sum(1) / mask.sum(1)

    def cosines(sides, rows):
        return torch.nn.functional.cosine_similarity(*(vectors([side[n] for n in rows]) for side in sides))

    sides, scores = read(data["train"]), torch.tensor(data["train"]["scores"])
    fit(model, len(scores), lambda rows: ((cosines(sides, rows) - scores[rows]) ** 2).mean(), options, seed)
    sides, scores = read(data["test"]), data["test"]["scores"]
    with torch.no_grad():
        own = torch.cat([cosines(sides, rows) for rows in batches(len(scores))])
    return float(scipy_stats.spearmanr(own.numpy(), scores).statistic)


TASKS = {"SST-2": classes, "MIT restaurant": entities, "STS-B": similarity}


def train(task, folder, data, options, seed):
    torch.manual_seed(seed)
    with open(data) as file:
        read = json.load(file)
    return {"value": TASKS[task](folder, read, options, seed, transformers.AutoTokenizer.from_pretrained(folder))}


versions = {"PyTorch": torch.__version__, "transformers": transformers.__version__}
serve(versions, {"train": train})
