"""The Rust tokenizers' encode_batch_fast on all texts at once, on as many threads as RAYON_NUM_THREADS says."""

import json

from serve import load, serve, timed

np, tokenizers = load("numpy", "tokenizers")
state = {}


def train(path, kind, size, texts):
    """A tokenizer of the family of GPT-2 (bpe) or of XLM-RoBERTa and T5 (unigram), trained on the texts."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=size, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
        )
    with open(texts, encoding="utf8") as file:
        tokenizer.train_from_iterator(json.load(file), trainer)
    tokenizer.save(path)


def read(tokenizer, texts):
    state["tokenizer"] = tokenizers.Tokenizer.from_file(tokenizer)
    state["tokenizer"].no_truncation()
    state["tokenizer"].no_padding()
    with open(texts, encoding="utf8") as file:
        state["texts"] = json.load(file)


def encode():
    return state["tokenizer"].encode_batch_fast(state["texts"], add_special_tokens=False)


def answer(out, **_):
    encoded = encode()
    np.concatenate([np.asarray(each.ids, "<i4") for each in encoded]).tofile(out)
    return {"out": out}


serve(
    {"tokenizers": tokenizers.__version__},
    {
        "train": train,
        "read": read,
        "answer": answer,
        "time": lambda repeats, **_: {"ms": timed(encode, repeats)},
    },
)
