"""Low-rank adapters in one batch against models whose weights they were merged into."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import ModelLoadError
from inference.request import SamplingParams
from inference.text.load import load_engine
from tests.inference.inside import serving

Tiny = Callable[[str], tuple[Path, Any]]

PROMPT = [(7 * at + 11) % 250 for at in range(37)]
ALL = (
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
    "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
)  # fmt: skip
LATENT = (
    "self_attn.q_a_proj", "self_attn.q_b_proj", "self_attn.kv_a_proj_with_mqa", "self_attn.o_proj",
    "mlp.shared_experts.gate_proj", "mlp.shared_experts.down_proj", "mlp.up_proj",
)  # fmt: skip


def weights(directory: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for path in directory.glob("*.safetensors") for name, tensor in load_file(path).items()}


def save_adapter(
    place: Path, directory: Path, modules: tuple[str, ...], *, rank: int, alpha: float, **settings: Any
) -> Path:
    """An adapter of every layer that has the modules, as PEFT writes it."""
    place.mkdir()
    torch.manual_seed(rank)
    tensors = {}
    for name, weight in weights(directory).items():
        if name.removesuffix(".weight").split(".", 3)[-1] in modules:
            stem = f"base_model.model.{name.removesuffix('.weight')}"
            tensors[f"{stem}.lora_A.weight"] = torch.randn(rank, weight.shape[1]) * 0.3
            tensors[f"{stem}.lora_B.weight"] = torch.randn(weight.shape[0], rank) * 0.3
    save_file(tensors, place / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA", "r": rank, "lora_alpha": alpha, "bias": "none", "use_dora": False, "rank_pattern": {},
        "modules_to_save": None, "target_modules": list(modules), **settings,
    }  # fmt: skip
    (place / "adapter_config.json").write_text(json.dumps(config))
    return place


def merged(place: Path, directory: Path, adapter: Path, scale: float) -> Path:
    """The model with the adapter added to its weights."""
    place.mkdir()
    (place / "config.json").write_bytes((directory / "config.json").read_bytes())
    tensors, deltas = weights(directory), load_file(adapter / "adapter_model.safetensors")
    for name, down in deltas.items():
        if name.endswith("lora_A.weight"):
            target = name.removeprefix("base_model.model.").replace("lora_A.weight", "weight")
            tensors[target] += scale * deltas[name.replace("lora_A", "lora_B")] @ down
    save_file(tensors, place / "model.safetensors")
    return place


def engine_for(directory: Path, adapters: Mapping[str, Path] | None = None) -> Engine:
    settings = EngineConfig(page_size=8, n_pages=64, token_budget=24)
    return load_engine(directory, settings, device=torch.device("cpu"), dtype="float32", adapters=adapters or {})


def greedy(engine: Engine, prompts: list[tuple[list[int], str]]) -> list[list[int]]:
    for at, (prompt, adapter) in enumerate(prompts):
        params = SamplingParams(temperature=0, max_tokens=24, ignore_eos=True, adapter=adapter)
        engine.add(str(at), prompt, params)
    said: list[list[int]] = [[] for _ in prompts]
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            said[int(output.request_id)].append(output.token)
    return said


@pytest.mark.parametrize(("family", "modules"), [("llama", ALL), ("qwen2", ALL), ("deepseek-v3", LATENT)])
def test_a_mixed_batch_equals_merged_weights(tiny: Tiny, tmp_path: Path, family: str, modules: tuple[str, ...]) -> None:
    directory, _ = tiny(family)
    some = save_adapter(tmp_path / "some", directory, modules, rank=4, alpha=6.0)
    other = save_adapter(tmp_path / "other", directory, modules[3:], rank=9, alpha=3.0, use_rslora=True)
    models = {
        "": directory,
        "some": merged(tmp_path / "with-some", directory, some, 6.0 / 4),
        "other": merged(tmp_path / "with-other", directory, other, 3.0 / 3),
    }
    asked = [(PROMPT, ""), (PROMPT, "some"), (PROMPT[:9], "other"), (PROMPT, "other"), (PROMPT[:20], "")]
    want = [greedy(engine_for(models[adapter]), [(prompt, "")])[0] for prompt, adapter in asked]
    assert want[0] != want[1] != want[3] != want[0]
    engine = engine_for(directory, {"some": some, "other": other})

    assert greedy(engine, asked) == want
    # Pages are found by the same adapter's requests only: all four prompts have whole pages in common.
    cached = engine.load.cached_tokens
    assert greedy(engine, [(PROMPT, "some")]) == [want[1]]
    assert engine.load.cached_tokens - cached == 32
    assert greedy(engine, asked) == want


def test_pages_of_the_model_are_not_taken_for_an_adapters(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("llama")
    adapter = save_adapter(tmp_path / "some", directory, ALL, rank=4, alpha=6.0)
    engine = engine_for(directory, {"some": adapter})

    greedy(engine, [(PROMPT, "")])
    greedy(engine, [(PROMPT, "some")])
    assert engine.load.cached_tokens == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"peft_type": "LOHA"}, "DIR has peft_type 'LOHA'; LORA adapters are served."),
        ({"use_dora": True}, "DIR/adapter_config.json sets use_dora to True; merge this adapter into its model."),
        ({"bias": "all"}, "DIR/adapter_config.json sets bias to 'all'; merge this adapter into its model."),
        (
            {"modules_to_save": ["lm_head"]},
            "DIR/adapter_config.json sets modules_to_save to ['lm_head']; merge this adapter into its model.",
        ),
        (
            {"rank_pattern": {"q_proj": 8}},
            "DIR/adapter_config.json sets rank_pattern to {'q_proj': 8}; merge this adapter into its model.",
        ),
    ],
)
def test_an_adapter_that_would_be_wrong_is_refused(
    tiny: Tiny, tmp_path: Path, settings: dict[str, Any], sentence: str
) -> None:
    directory, _ = tiny("llama")
    adapter = save_adapter(tmp_path / "a", directory, ALL, rank=4, alpha=6.0, **settings)

    with pytest.raises(ModelLoadError) as refused:
        engine_for(directory, {"a": adapter})
    assert refused.value.message.replace(str(adapter), "DIR") == sentence


@pytest.mark.parametrize(
    ("names", "shape", "sentence"),
    [
        (
            ["base_model.model.lm_head.lora_A.weight"], (4, 32),
            "FILE has 'base_model.model.lm_head.lora_A.weight'; adapters of attention and MLP layers are served.",
        ),
        (
            ["base_model.model.model.layers.7.mlp.up_proj.lora_A.weight"], (4, 32),
            "FILE has 'base_model.model.model.layers.7.mlp.up_proj.lora_A.weight'; "
            "adapters of attention and MLP layers are served.",
        ),
        (
            ["base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"], (4, 32),
            "FILE has one half only of layer 1's 'mlp.up_proj'.",
        ),
        (
            [f"base_model.model.model.layers.1.mlp.up_proj.lora_{half}.weight" for half in "AB"], (4, 4),
            "FILE: 'layers.1.mlp.gate_up' gets (4, 4) times (4, 4); the model's layer takes 32 in and gives 48.",
        ),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_named(
    tiny: Tiny, tmp_path: Path, names: list[str], shape: tuple[int, int], sentence: str
) -> None:
    directory, _ = tiny("llama")
    adapter = save_adapter(tmp_path / "a", directory, ALL, rank=4, alpha=6.0)
    path = adapter / "adapter_model.safetensors"
    save_file({name: torch.zeros(shape) for name in names}, path)

    with pytest.raises(ModelLoadError) as refused:
        engine_for(directory, {"a": adapter})
    assert refused.value.message.replace(str(path), "FILE") == sentence


async def test_a_server_answers_under_the_names_of_its_adapters(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    adapters = {"one": save_adapter(tmp_path / "one", directory, ALL, rank=3, alpha=6.0)}
    wanted = greedy(engine_for(directory, adapters), [(PROMPT, ""), (PROMPT, "one")])
    async with serving(directory, adapters=adapters) as inside:
        told = []
        for name in (directory.name, "one"):
            body = {"model": name, "prompt": PROMPT, "temperature": 0, "max_tokens": 24, "ignore_eos": True}
            _, answer = await inside.post("/v1/completions", body)
            told.append((answer["model"], answer["choices"][0]["text"]))
        served = (await inside.http.get("/v1/models")).json()
        status, refusal = await inside.post("/v1/completions", {"model": "two", "prompt": PROMPT})
        texts = [(await inside.post("/detokenize", {"model": "one", "tokens": each}))[1]["prompt"] for each in wanted]

    assert told == [(directory.name, texts[0]), ("one", texts[1])]
    assert texts[0] != texts[1]
    assert [card["id"] for card in served["data"] if card["weft"]["kind"] == "generative"] == [directory.name, "one"]
    assert (status, refusal["error"]["code"]) == (404, "model_not_found")


async def test_an_adapter_cannot_take_the_models_name(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    adapter = save_adapter(tmp_path / "one", directory, ALL, rank=2, alpha=4.0)

    with pytest.raises(ModelLoadError, match="Two models would be called"):
        async with serving(directory, adapters={directory.name: adapter}):
            pass
