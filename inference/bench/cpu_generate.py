"""How fast text comes on a CPU, against transformers and against a bare loop: `python -m inference.bench.cpu_generate`.

A model of 0.24 B parameters with random weights, fp32. Rivals take turns, round by round, because other work on the
machine slows whoever runs at the time; ratios are of medians over rounds. Time is the processor's, of all threads: with
one thread that is what a clock would show on a machine without other work.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from inference.bench.cpu_bare import BareLlama
from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import SamplingParams
from inference.text.load import load_engine

SHAPE: dict[str, Any] = {
    "vocab_size": 64000, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 12,
    "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 1024, "tie_word_embeddings": True,
}  # fmt: skip
Load = list[tuple[list[int], int]]
"""Prompts, and how many tokens each is answered with."""


def eight_requests(seed: int) -> Load:
    """Prompts of 16 to 128 tokens, answers of 8 to 64, as chats have them: most are shorter than the longest."""
    rng = random.Random(seed)
    return [([rng.randrange(3, 32000) for _ in range(rng.randint(16, 128))], rng.randint(8, 64)) for _ in range(8)]


def serve(engine: Engine, load: Load) -> dict[str, list[int]]:
    """All requests at once through the engine; their tokens."""
    said: dict[str, list[int]] = {}
    for at, (prompt, n_tokens) in enumerate(load):
        said[str(at)] = []
        engine.add(str(at), prompt, SamplingParams(temperature=0.0, max_tokens=n_tokens, ignore_eos=True))
    while engine.has_work:
        for output in engine.step():
            if output.token is not None:
                said[output.request_id].append(output.token)
    return said


def generate_padded(model: Any, load: Load) -> list[list[int]]:
    """The same by transformers: one batch, padded on the left, until the longest answer is complete."""
    width = max(len(prompt) for prompt, _ in load)
    ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt, _ in load])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt, _ in load])
    longest = max(n_tokens for _, n_tokens in load)
    out = model.generate(
        ids, attention_mask=mask, do_sample=False, min_new_tokens=longest, max_new_tokens=longest, pad_token_id=0
    )
    return [row[width : width + n].tolist() for row, (_, n) in zip(out, load, strict=True)]


def make_model(directory: Path) -> Any:
    """The model by transformers, saved to `directory`."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**SHAPE, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}))
    model.train(False)
    model.save_pretrained(directory)
    return model


def rounds(n_rounds: int, rivals: dict[str, Callable[[int], int]]) -> dict[str, float]:
    """Median tokens a second of processor time of each rival. They take turns; one is given the round's number and
    returns how many tokens it made.
    """
    rates: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(n_rounds):
        for name, run in rivals.items():
            began = time.process_time()
            n_tokens = run(turn)
            rates[name].append(n_tokens / (time.process_time() - began))
        print(turn, {name: round(all_[-1], 1) for name, all_ in rates.items()}, flush=True)
    return {name: statistics.median(all_) for name, all_ in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        model = make_model(directory)
        engine = load_engine(directory, EngineConfig(n_pages=64), device=torch.device("cpu"), dtype="float32")
        bare = BareLlama(directory, max_len=256)

        def ours(turn: int) -> int:
            return sum(map(len, serve(engine, eight_requests(turn)).values()))

        def padded(turn: int) -> int:
            return sum(map(len, generate_padded(model, eight_requests(turn))))

        def single(turn: int) -> int:
            return len(serve(engine, [_one_prompt(turn)])["0"])

        def loop(turn: int) -> int:
            return len(bare.generate(*_one_prompt(turn)))

        agree = serve(engine, [_one_prompt(-1)])["0"] == bare.generate(*_one_prompt(-1))
        crowd = rounds(options.rounds, {"engine, 8 requests": ours, "transformers, padded batch": padded})
        alone = rounds(options.rounds, {"engine, 1 request": single, "bare torch loop": loop})
    print(f"engine and bare loop say the same: {agree}")
    for measured, bar in ((crowd, 1.5), (alone, 0.95)):
        (ours_name, ours_rate), (other_name, other_rate) = measured.items()
        print(
            f"{ours_name}: {ours_rate:.1f} tokens/s; {other_name}: {other_rate:.1f}; "
            f"ratio {ours_rate / other_rate:.2f} (bar {bar})"
        )


def _one_prompt(turn: int) -> tuple[list[int], int]:
    rng = random.Random(1000 + turn)
    return [rng.randrange(3, 32000) for _ in range(32)], 48


if __name__ == "__main__":
    main()
