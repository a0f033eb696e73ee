"""Loads folders by the class that their config.json names and prints what the model makes of sequences of tokens.

Reads from stdin [{folder, sequences: [{ids, types}], labels?}], writes [{class, missing, unexpected, outputs, loss}]: the mean
loss of sequences whose labels are given.
"""

import json
import sys

import torch
import transformers

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)
results = []
for job in json.load(sys.stdin):
    with open(job["folder"] + "/config.json", encoding="utf8") as file:
        name = json.load(file)["architectures"][0]
    model, info = getattr(transformers, name).from_pretrained(job["folder"], output_loading_info=True)
    model.eval()
    outputs, losses = [], []
    for n, sequence in enumerate(job["sequences"]):
        inputs = {"input_ids": torch.tensor([sequence["ids"]])}
        if getattr(model.config, "type_vocab_size", 0) > 1:
            inputs["token_type_ids"] = torch.tensor([sequence["types"]])
        with torch.no_grad():
            outputs.append(model(**inputs)[0][0].flatten().tolist())
            if "labels" in job:
                losses.append(model(**inputs, labels=torch.tensor([job["labels"][n]], dtype=torch.float)).loss.item())
    results.append({"class": name, "missing": sorted(info["missing_keys"]),
                    "unexpected": sorted(info["unexpected_keys"]), "outputs": outputs,
                    "loss": sum(losses) / len(losses) if losses else None})
json.dump(results, sys.stdout)
