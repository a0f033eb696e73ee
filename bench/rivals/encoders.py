"""A transformer's vectors by PyTorch: texts sorted by length in padded batches of a number of tokens, weights converted to bf16 where
that is asked for, the mean of a text's states. Texts are tokenized before anything is timed."""

import json

from serve import load, serve, timed

torch, transformers = load("torch", "transformers")
transformers.logging.set_verbosity_error()
state = {"models": {}}


def read(folder, sets):
    """sets: a file of {name: [[token, ...], ...]}"""
    state["folder"] = folder
    with open(sets) as file:
        state["sets"] = json.load(file)


def model_of(bf16):
    if bf16 not in state["models"]:
        model = transformers.AutoModel.from_pretrained(state["folder"], add_pooling_layer=False).eval()
        state["models"][bf16] = model.to(torch.bfloat16) if bf16 else model
    return state["models"][bf16]


def batches_of(texts, budget):
    order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
    begin = 0
    while begin < len(order):
        rows = order[begin : begin + max(1, budget // len(texts[order[begin]]))]
        begin += len(rows)
        width = len(texts[rows[0]])
        ids = torch.tensor([texts[row] + [0] * (width - len(texts[row])) for row in rows])
        mask = torch.tensor([[1] * len(texts[row]) + [0] * (width - len(texts[row])) for row in rows])
        yield rows, ids, mask


def vectors(model, batches):
    with torch.inference_mode():
        for rows, ids, mask in batches:
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            yield rows, (states * weights).sum(1) / weights.sum(1)


def answer(set, count, threads, budget, bf16):
    torch.set_num_threads(threads)
    texts = state["sets"][set][:count]
    out = [None] * len(texts)
    for rows, means in vectors(model_of(bf16), batches_of(texts, budget)):
        for row, mean in zip(rows, means):
            out[row] = mean.float().tolist()
    return {"vectors": out}


def time(set, threads, budget, bf16, repeats, **_):
    torch.set_num_threads(threads)
    key = (set, budget)
    if state.get("key") != key:
        state["key"], state["batches"] = key, list(batches_of(state["sets"][set], budget))
    model = model_of(bf16)
    return {"ms": timed(lambda: [None for _ in vectors(model, state["batches"])], repeats)}


versions = {"PyTorch": torch.__version__, "transformers": transformers.__version__}
serve(versions, {"read": read, "answer": answer, "time": time})
