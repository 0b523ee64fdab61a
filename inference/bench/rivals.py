"""transformers over the same shapes: whether logits agree, and how fast `generate` is."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from inference.attention.paged import PagedAttention
from inference.bench.journal import Measured
from inference.bench.serving import nano_load, text
from inference.bench.shapes import CONFIGS, dtype, names, release, spec_of
from inference.bench.stage import Bench, Task, Wrong
from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.kernels import dispatch
from inference.models.weights import load_decoder
from inference.request import SamplingParams
from inference.runner import TorchRunner
from inference.sequence import Chunk, Plan, Sequence

_APART = 0.05
"""Largest difference of bf16 logits over the largest logit: two orders of rounding, through all layers."""


def parity(bench: Bench) -> Iterator[Task]:
    """Logits of a prompt: the largest difference over the largest logit."""
    for name in names(bench, "Qwen3-0.6B", "Qwen3-8B"):
        yield Task(f"parity/{name}", partial(_parity, bench, name))


def baselines(bench: Bench) -> Iterator[Task]:
    """Tokens a second of `generate` with one sequence: as it is, and with a static cache, compiled on a GPU; and of
    `generate_batch`, which batches continuously, with the prompts of nano-vllm's workload."""
    for name in names(bench):
        yield Task(f"baseline/{name}/generate", partial(_generated, bench, name))
        yield Task(f"baseline/{name}/generate, static cache", partial(_generated, bench, name, static=True))
        yield Task(f"baseline/{name}/generate_batch", partial(_batched, bench, name))


def _model(bench: Bench, name: str) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    release()
    config = AutoConfig.for_model(**CONFIGS[name])
    with bench.device:
        model: Any = AutoModelForCausalLM
        return model.from_config(config, dtype=dtype(bench), attn_implementation="sdpa").eval()


def _parity(bench: Bench, name: str) -> Measured:
    dispatch.forget()
    prompt = text(random.Random(3), 24 if bench.rehearsing else 512)
    model = _model(bench, name)
    with torch.inference_mode():
        wanted = model(torch.tensor([prompt], device=bench.device)).logits[0].float()
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        del model
        release()
        decoder = load_decoder(Path(place), spec_of(name), device=bench.device, dtype=dtype(bench))
    n_pages = len(prompt) // 64 + 1
    runner = TorchRunner(decoder, PagedAttention(), n_pages=n_pages, page_size=64)
    sequence = Sequence(
        request_id="s", tokens=prompt, n_prompt=len(prompt), params=SamplingParams(), seed=0, stop_ids=frozenset(),
        max_len=len(prompt), table=BlockTable(PagePool(n_pages, 64), None),
    )  # fmt: skip
    sequence.table.grow_to(len(prompt))
    got = runner.score(Plan((Chunk(sequence, 0, len(prompt), samples=False),)))
    apart = float((got - wanted).abs().max() / wanted.abs().max())
    if not apart <= _APART:
        raise Wrong(f"logits are {apart:.3g} of the largest apart")
    same = float((got.argmax(-1) == wanted.argmax(-1)).float().mean())
    return Measured(apart, "of the largest logit", detail={"same_best": same, "tokens": len(prompt)})


def _generated(bench: Bench, name: str, *, static: bool = False) -> Measured:
    model = _model(bench, name)
    length, n_tokens = (8, 3) if bench.rehearsing else (128, 128)
    ids = torch.tensor([text(random.Random(5), length)], device=bench.device)
    options = {"cache_implementation": "static"} if static else {}
    rates = []
    for _ in range(2 if bench.rehearsing else 4):
        began = time.perf_counter()
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, pad_token_id=0, eos_token_id=None,
            min_new_tokens=n_tokens, max_new_tokens=n_tokens, **options,
        )  # fmt: skip
        made = len(out[0].tolist()) - length
        rates.append(made / (time.perf_counter() - began))
    # The first compiles; each of the others is the mean of 128 steps.
    return Measured(statistics.median(rates[1:]), "tokens/s", detail={"tokens": n_tokens})


def _batched(bench: Bench, name: str) -> Measured:
    """Every answer has the mean length of the workload's, for it takes one length for all."""
    from transformers import ContinuousBatchingConfig, GenerationConfig

    model = _model(bench, name)
    load = [(prompt[:20], 4) for prompt, _ in nano_load()[:6]] if bench.rehearsing else nano_load()
    prompts, n_tokens = [prompt for prompt, _ in load], round(statistics.mean(n for _, n in load))
    make: Any = GenerationConfig
    config = make(do_sample=True, temperature=0.6, eos_token_id=-1, pad_token_id=0, max_new_tokens=n_tokens)
    # On a GPU it sizes its cache by the memory that is free.
    small = ContinuousBatchingConfig(num_blocks=64, max_batch_tokens=64, use_cuda_graph=False)
    options = {"continuous_batching_config": small} if bench.rehearsing else {}
    generate = partial(model.generate_batch, generation_config=config, progress_bar=False, **options)
    try:
        # What it records and allocates at first stays.
        generate(prompts[:1], persistent_manager=True)
        began = time.perf_counter()
        said = generate(prompts, persistent_manager=True)
        taken = time.perf_counter() - began
    finally:
        model.destroy_cached_continuous_batching_manager()
    made = sum(len(each.generated_tokens) for each in said.values())
    if made != len(load) * n_tokens:
        raise Wrong(f"{made} tokens were said instead of {len(load) * n_tokens}")
    return Measured(made / taken, "tokens/s", detail={"tokens": made, "requests": len(load)})
