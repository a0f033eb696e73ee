"""A BERT classifier fine-tuned by PyTorch with the model of transformers, as Hugging Face's Trainer does it: AdamW without decay
of biases and norms, gradients of norm 1 at most. Texts are tokenized before anything is timed."""

import json
import resource
import time

from serve import load, serve

torch, transformers = load("torch", "transformers")
transformers.logging.set_verbosity_error()
state = {}


def read(folder, sets, longest):
    """sets: a file of {name: {texts: [...], labels: ["0" or "1", ...]}}; answers with the tokens of each."""
    state["folder"] = folder
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with open(sets) as file:
        read = json.load(file)
    state["sets"] = {
        name: {
            "ids": tokenizer(one["texts"], truncation=True, max_length=longest, padding=False)["input_ids"],
            "labels": [int(label) for label in one["labels"]],
        }
        for name, one in read.items()
    }
    return {"tokens": {name: sum(len(ids) for ids in one["ids"]) for name, one in state["sets"].items()}}


def model_of(dropout):
    torch.manual_seed(1)
    rates = {} if dropout else {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = transformers.AutoModelForSequenceClassification.from_pretrained(state["folder"], **rates)
    return model.train()


def optimizer_of(model, rate):
    decays, plain = [], []
    for name, weights in model.named_parameters():
        (plain if name.endswith("bias") or "LayerNorm" in name else decays).append(weights)
    groups = [{"params": decays, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, fused=True)


def batches_of(lengths, batch, padding):
    """Rows of each batch; sorted: those of like length together."""
    order = torch.randperm(len(lengths), generator=torch.Generator().manual_seed(1)).tolist()
    if padding == "sorted":
        order.sort(key=lambda row: lengths[row])
    return [order[begin : begin + batch] for begin in range(0, len(order), batch)]


def step(model, optimizer, texts, rows, width, bf16):
    ids = [texts["ids"][row] for row in rows]
    width = width or max(len(one) for one in ids)
    tokens = torch.tensor([one + [0] * (width - len(one)) for one in ids])
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in ids])
    labels = torch.tensor([texts["labels"][row] for row in rows])
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        loss = model(input_ids=tokens, attention_mask=mask, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def answer(set, batch, threads, padding, bf16=False):
    """The losses of five steps on the first texts, without dropout."""
    torch.set_num_threads(threads)
    model = model_of(False)
    optimizer = optimizer_of(model, 5e-5)
    width = 128 if padding == "fixed" else None
    texts = state["sets"][set]
    return {"losses": [step(model, optimizer, texts, range(batch), width, bf16) for _ in range(5)]}


def timed(set, batch, threads, padding, bf16=False, repeats=1):
    """Milliseconds of an epoch over a set."""
    torch.set_num_threads(threads)
    if "model" not in state:
        state["model"] = model_of(True)
        state["optimizer"] = optimizer_of(state["model"], 5e-5)
    texts = state["sets"][set]
    batches = batches_of([len(one) for one in texts["ids"]], batch, padding)
    width = 128 if padding == "fixed" else None
    start = time.perf_counter()
    for _ in range(repeats):
        for rows in batches:
            step(state["model"], state["optimizer"], texts, rows, width, bf16)
    return {"ms": 1e3 * (time.perf_counter() - start) / repeats}


def memory():
    """The most memory that the process held, in MiB."""
    return {"mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


versions = {"PyTorch": torch.__version__, "transformers": transformers.__version__}
serve(versions, {"read": read, "answer": answer, "time": timed, "memory": memory})
