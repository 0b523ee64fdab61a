"""The decoder against transformers, through disk: logits, and greedy tokens whatever the batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import ModelLoadError
from inference.request import Hints, SamplingParams
from inference.runner import TorchRunner
from inference.sequence import Chunk, Plan, Sequence
from inference.tensorfile import mapped_tensors
from inference.text.load import load_engine
from tests.inference.tiny import CONFIGS, VOCAB

Tiny = Callable[[str], tuple[Path, Any]]

PROMPT = [(7 * at + 11) % 250 for at in range(37)]
PROMPTS = [PROMPT, PROMPT[:5], [3, 1, 4, 1, 5, 9, 2, 6] * 3, [200]]


def engine_for(directory: Path, **config: Any) -> Engine:
    settings = EngineConfig(**{"page_size": 8, "n_pages": 64, **config})
    return load_engine(directory, settings, device=torch.device("cpu"), dtype="float32")


def greedy(engine: Engine, prompts: list[list[int]], max_tokens: int, node_key: str = "") -> list[list[int]]:
    params = SamplingParams(temperature=0, max_tokens=max_tokens, ignore_eos=True, hints=Hints(node_key=node_key))
    for at, prompt in enumerate(prompts):
        engine.add(str(at), prompt, params)
    generated: list[list[int]] = [[] for _ in prompts]
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            generated[int(output.request_id)].append(output.token)
    return generated


def expected(model: Any, prompt: list[int], max_tokens: int) -> list[int]:
    ids = torch.tensor([prompt])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=max_tokens, eos_token_id=None
    )
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens


def scores(runner: TorchRunner, tokens: list[int], chunks: list[int]) -> torch.Tensor:
    """Logits of every token, computed in chunks of the given sizes."""
    table = BlockTable(PagePool(64, 8))
    sequence = Sequence(
        request_id="s", tokens=tokens, n_prompt=len(tokens), params=SamplingParams(), seed=0, stop_ids=frozenset(),
        max_len=512, table=table,
    )  # fmt: skip
    table.grow_to(len(tokens))
    parts = []
    start = 0
    for size in chunks:
        parts.append(runner.score(Plan((Chunk(sequence, start, size, samples=False),))))
        start += size
    return torch.cat(parts)


@pytest.mark.parametrize("name", CONFIGS)
def test_logits_equal_transformers(tiny: Tiny, name: str) -> None:
    directory, model = tiny(name)
    engine = engine_for(directory)
    runner = engine._runner
    assert isinstance(runner, TorchRunner)
    with torch.inference_mode():
        want = model(torch.tensor([PROMPT])).logits[0]

    for chunks in ([37], [1] * 37, [7, 7, 7, 7, 7, 2], [30, 1, 1, 5]):
        got = scores(runner, PROMPT, chunks)
        error = float((got - want).abs().max() / want.abs().max())
        assert error < 1e-4, (chunks, error)


@pytest.mark.parametrize("name", CONFIGS)
def test_greedy_tokens_equal_transformers_whatever_the_batch(tiny: Tiny, name: str) -> None:
    directory, model = tiny(name)
    want = [expected(model, prompt, 32) for prompt in PROMPTS]

    assert greedy(engine_for(directory), PROMPTS, 32) == want
    assert [greedy(engine_for(directory), [prompt], 32)[0] for prompt in PROMPTS] == want
    assert greedy(engine_for(directory, token_budget=5), PROMPTS, 32) == want


def test_greedy_tokens_survive_being_set_back(tiny: Tiny) -> None:
    directory, model = tiny("llama")
    engine = engine_for(directory, n_pages=12)
    # a node whose answers were short so far is let in beside too many others
    greedy(engine, [[1], [2], [3]], 1, "short")

    assert greedy(engine, PROMPTS, 32, "short") == [expected(model, prompt, 32) for prompt in PROMPTS]
    assert engine.load.n_preempted > 0
    assert engine.load.kv_usage == 0


@pytest.mark.parametrize("name", CONFIGS)
def test_greedy_tokens_are_the_same_from_kept_pages_and_with_drafts(tiny: Tiny, name: str) -> None:
    directory, model = tiny(name)
    repeating = [5, 6, 7, 8, 9] * 6
    want = [expected(model, prompt, 32) for prompt in (*PROMPTS, repeating)]
    engine = engine_for(directory, max_drafts=3)

    for _ in range(2):
        assert greedy(engine, [*PROMPTS, repeating], 32) == want
    assert engine.load.cached_tokens >= 32 + 16 + 24


def test_weights_from_shards(tiny: Tiny) -> None:
    directory, _ = tiny("qwen2")

    assert len(list(directory.glob("*.safetensors"))) > 1


def test_bfloat16_runs(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    settings = EngineConfig(page_size=8, n_pages=16)
    engine = load_engine(directory, settings, device=torch.device("cpu"), dtype="bfloat16")

    (tokens,) = greedy(engine, [PROMPT], 8)

    assert len(tokens) == 8
    assert all(0 <= token < VOCAB for token in tokens)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_type": "gpt2"}, "asks for model_type 'gpt2'"),
        ({"hidden_act": "gelu"}, "asks for hidden_act 'gelu'"),
        ({"rope_parameters": {"rope_type": "longrope", "factor": 2.0}}, "asks for rope type 'longrope'"),
        ({"num_hidden_layers": 4}, "lacks weights for 8 places, first 'layers.3.attention.key_norm.weight'"),
        ({"num_hidden_layers": 2}, "has 11 weights that a qwen3 decoder lacks, first 'model.layers.2."),
        ({"intermediate_size": 40}, "config.json makes it"),
    ],
)
def test_a_model_that_would_be_wrong_is_refused(
    tiny: Tiny, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    directory, _ = tiny("qwen3")
    config = {**json.loads((directory / "config.json").read_text()), **change}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").symlink_to(directory / "model.safetensors")

    with pytest.raises(ModelLoadError) as refused:
        engine_for(tmp_path)
    assert sentence in refused.value.message


def test_a_directory_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError) as refused:
        engine_for(tmp_path)
    assert refused.value.message == f"{tmp_path} has no config.json; a Hugging Face model directory is expected."


def test_a_damaged_weight_file_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    (tmp_path / "config.json").symlink_to(directory / "config.json")
    whole = (directory / "model.safetensors").read_bytes()

    for damaged in (b"", b"\x00" * 4, whole[:2000], b"not safetensors at all"):
        (tmp_path / "model.safetensors").write_bytes(damaged)
        with pytest.raises(ModelLoadError, match="cannot be read as safetensors"):
            engine_for(tmp_path)


def test_mapped_tensors_equal_the_library(tiny: Tiny) -> None:
    path = tiny("qwen3")[0] / "model.safetensors"
    ours = dict(mapped_tensors(path))
    theirs = load_file(path)

    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
