"""Loads a generative model directory whole: weights, cache, engine, tokenizer, template, defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from inference.attention.paged import PagedAttention
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.device.capacity import pages
from inference.device.choose import make_runner, memory_of, record, settled
from inference.engine import Engine, EngineLoad
from inference.errors import ModelLoadError
from inference.faults import Records
from inference.kernels.dispatch import allowed
from inference.layers.parallel import Shard
from inference.loader import LoadProgress, read_json
from inference.models.adapters import attach_adapters
from inference.models.sharding import part
from inference.models.spec import DecoderSpec, decoder_spec
from inference.models.weights import load_decoder
from inference.policy import Policy
from inference.ranks.follower import Part
from inference.ranks.leader import Ranks
from inference.request import SamplingParams
from inference.runner import Runner
from inference.text.chat_template import load_chat_template
from inference.text.generative import GenerativeModel
from inference.text.tokens import load_tokenizer
from inference.worker import EngineWorker

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_engine(
    directory: Path,
    config: EngineConfig,
    *,
    device: torch.device,
    dtype: str,
    adapters: Mapping[str, Path] = MappingProxyType({}),
    progress: Callable[[LoadProgress], None] | None = None,
    records: Records | None = None,
) -> Engine:
    """The engine over a directory's weights, with no tokenizer. Raises ModelLoadError saying what cannot be served.

    adapters: PEFT directories by the name that requests ask for, `SamplingParams.adapter`. progress: called on this
    thread as weights are read. records: of requests that brought down the engines before this one.
    """
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    _check_cache(spec, config, directory)
    limit = min(config.max_model_len or spec.max_positions, spec.max_positions)
    config = settled(config, device)
    build = partial(_part, directory, config, dtype=dtype, adapters=dict(adapters), limit=limit)
    if config.tensor_parallel == 1:
        own = build(Shard(), device, progress=progress)
        n_pages, runner = own.n_pages, own.runner(own.n_pages)
    else:
        part(spec, config.tensor_parallel)
        ranks = Ranks(build, config.tensor_parallel, device)
        runner, n_pages = ranks.runner(partial(build, progress=progress), device)
    pool = PagePool(n_pages, config.page_size)
    return Engine(
        runner,
        pool,
        config,
        max_model_len=limit,
        eos_ids=_eos_ids(directory),
        records=records,
        policy=Policy(shared=_reads_together(spec, config, device)),
    )


def _part(
    directory: Path,
    config: EngineConfig,
    shard: Shard,
    device: torch.device,
    *,
    dtype: str,
    adapters: Mapping[str, Path],
    limit: int,
    progress: Callable[[LoadProgress], None] | None = None,
) -> Part:
    """Read one rank's weights; of the only one, all."""
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    decoder = load_decoder(
        directory,
        spec,
        device=device,
        dtype=DTYPES[_dtype(dtype, spec, device)],
        shard=shard,
        rounding=config.quantization,
        progress=progress,
    )
    if adapters:
        attach_adapters(decoder, spec, adapters)
    if device.type == "cpu":
        decoder.block()

    def runner(n_pages: int) -> Runner:
        made = make_runner(decoder, config, device=device, n_pages=n_pages, max_len=limit)
        record(made)
        return made

    return Part(pages(decoder, PagedAttention(), config, memory_of(device, config), max_len=limit), runner)


def _reads_together(spec: DecoderSpec, config: EngineConfig, device: torch.device) -> bool:
    """Whether attention makes use of pages that siblings have in common: not with windows or latents, over several
    ranks, or on a GPU without the kernel for it, whose twin waits for the device in every layer."""
    fits = config.tensor_parallel == 1 and spec.latent is None and not any(spec.windows)
    return fits and (device.type == "cpu" or allowed("cascade_attention", device))


def load_generative(
    directory: Path,
    model_id: str,
    config: EngineConfig,
    *,
    device: torch.device,
    dtype: str,
    on_step: Callable[[EngineLoad, float], None],
    adapters: Mapping[str, Path] = MappingProxyType({}),
    progress: Callable[[LoadProgress], None] | None = None,
) -> tuple[GenerativeModel, EngineWorker]:
    """The model and the worker that computes for it; the caller closes the worker. adapters, progress: as above."""
    tokenizer = load_tokenizer(directory)
    template = load_chat_template(directory)
    build = partial(load_engine, directory, config, device=device, dtype=dtype, adapters=adapters, records=Records())
    worker = EngineWorker(build(progress=progress), on_step=on_step, rebuild=build)
    vocab_size = int(read_json(directory, "config.json")["vocab_size"])
    model = GenerativeModel(
        model_id,
        tokenizer,
        template,
        worker,
        vocab_size=vocab_size,
        eos_ids=_eos_ids(directory),
        defaults=_defaults(directory),
        max_answers=config.max_waiting,
    )
    return model, worker


def _dtype(asked: str, spec: DecoderSpec, device: torch.device) -> str:
    """What was asked for; else the checkpoint's own on a GPU and fp32 on a CPU, where bf16 products are emulated
    slowly.
    """
    if asked != "auto":
        return asked
    return spec.dtype if device.type == "cuda" and spec.dtype in DTYPES else "float32"


def _check_cache(spec: DecoderSpec, config: EngineConfig, directory: Path) -> None:
    if config.kv_cache_dtype != "auto" and spec.latent is not None:
        raise ModelLoadError(
            "kv_cache_unsupported",
            f"{directory}: latent attention keeps its cache in the model's own dtype, so --kv-cache-dtype "
            f"{config.kv_cache_dtype} cannot be had; leave it at auto.",
        )


def _eos_ids(directory: Path) -> frozenset[int]:
    """End tokens from both configs: chat models often name a second one in `generation_config.json` only."""
    ids: set[int] = set()
    for name in ("config.json", "generation_config.json"):
        value = read_json(directory, name, required=False).get("eos_token_id")
        ids.update(value if isinstance(value, list) else [] if value is None else [value])
    return frozenset(ids)


def _defaults(directory: Path) -> SamplingParams:
    """What the model's makers recommend where a request is silent."""
    config = read_json(directory, "generation_config.json", required=False)
    names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    chosen: dict[str, Any] = {name: config[name] for name in names if config.get(name) is not None}
    if config.get("do_sample") is False:
        chosen["temperature"] = 0.0
    return replace(SamplingParams(), **chosen)
