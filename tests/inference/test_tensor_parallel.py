"""One model over two processes (gloo): logits and tokens as from one; and over four ranks, what each one reads."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from inference.attention.paged import PagedAttention
from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import ModelLoadError
from inference.layers.formats import E4m3, Int4, Int8
from inference.layers.parallel import Shard
from inference.layers.plain import Linear
from inference.loader import read_json
from inference.models.adapters import attach_adapters
from inference.models.decoder import Decoder
from inference.models.sharding import part
from inference.models.spec import DecoderSpec, decoder_spec
from inference.models.weights import load_decoder
from inference.quant.repack import dealt, from_awq, from_gptq
from inference.quant.store import Rounding
from inference.request import SamplingParams
from inference.runner import TorchRunner
from inference.sequence import Chunk, Plan, Sequence
from tests.inference.parity.driving import differs
from tests.inference.quantised import Writer, awq, blocks, gptq, save_pair
from tests.inference.test_adapters import ALL, save_adapter
from tests.inference.test_quant import AWQ, FP8, GPTQ

Tiny = Callable[[str], tuple[Path, Any]]

FAMILIES = ("llama", "llama-tied", "qwen3-moe", "deepseek-v3")
PROMPT = [(7 * at + 11) % 250 for at in range(37)]
CPU = torch.device("cpu")


def load(directory: Path, shard: Shard) -> tuple[Decoder, DecoderSpec]:
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    return load_decoder(directory, spec, device=CPU, dtype=torch.float32, shard=shard), spec


def compute(directory: Path, shard: Shard, adapter: Path | None) -> tuple[torch.Tensor, list[int]]:
    """Logits of the prompt in two chunks, and 16 greedy tokens; of the adapter, if there is one."""
    decoder, spec = load(directory, shard)
    if adapter is not None:
        attach_adapters(decoder, spec, {"some": adapter})
    runner = TorchRunner(decoder, PagedAttention(), n_pages=32, page_size=8)
    pool = PagePool(32, 8)
    params = SamplingParams(temperature=0, max_tokens=16, ignore_eos=True, adapter="some" if adapter else "")
    sequence = Sequence(
        request_id="s", tokens=PROMPT, n_prompt=len(PROMPT), params=params, seed=0, stop_ids=frozenset(),
        max_len=64, table=BlockTable(pool),
    )  # fmt: skip
    sequence.table.grow_to(len(PROMPT))
    logits = [runner.score(Plan((Chunk(sequence, *chunk, samples=False),))) for chunk in ((0, 30), (30, 7))]
    sequence.table.release()
    engine = Engine(runner, pool, EngineConfig(page_size=8), max_model_len=128, eos_ids=frozenset())
    engine.add("r", PROMPT, params)
    tokens = [output.token for _ in iter(lambda: engine.has_work, False) for output in engine.step()]
    return torch.cat(logits), [token for token in tokens if token is not None]


def one_rank(rank: int, meeting: str, models: list[tuple[Path, Path | None]], results: Path) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    said = [compute(directory, Shard(rank, 2), adapter) for directory, adapter in models]
    torch.save(said, results / f"{rank}.pt")
    distributed.destroy_process_group()


def test_two_processes_say_what_one_does(tiny: Tiny, tmp_path: Path) -> None:
    adapter = save_adapter(tmp_path / "some", tiny("llama")[0], ALL, rank=4, alpha=6.0)
    models: list[tuple[Path, Path | None]] = [(tiny(name)[0], None) for name in FAMILIES]
    models.append((tiny("llama")[0], adapter))
    spawning = multiprocessing.get_context("spawn")
    ranks = [
        spawning.Process(target=one_rank, args=(rank, str(tmp_path / "meeting"), models, tmp_path)) for rank in (0, 1)
    ]

    for rank in ranks:
        rank.start()
    want = [compute(directory, Shard(), adapter) for directory, adapter in models]
    for rank in ranks:
        rank.join()

    assert [rank.exitcode for rank in ranks] == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    for (logits, tokens), got, other in zip(want, first, second, strict=True):
        assert torch.equal(got[0], other[0])
        assert float((got[0] - logits).abs().max() / logits.abs().max()) < 1e-5
        assert got[1] == other[1] == tokens
        assert len(tokens) == 16


def test_four_ranks_read_their_parts_and_share_key_heads(tiny: Tiny) -> None:
    directory, model = tiny("llama")
    state = model.state_dict()
    ranks = [load(directory, Shard(rank, 4))[0] for rank in range(4)]

    query, key, up, down, output = (
        state[f"model.layers.1.{name}_proj.weight"]
        for name in ("self_attn.q", "self_attn.k", "mlp.up", "mlp.down", "self_attn.o")
    )
    for rank, decoder in enumerate(ranks):
        layer = decoder.get_submodule("layers.1")
        parameters = dict(layer.named_parameters())
        # 4 query heads and 2 key heads of 8: two ranks have the same key head.
        head = rank // 2
        assert torch.equal(parameters["attention.qkv.weight"][:8], query[8 * rank : 8 * rank + 8])
        assert torch.equal(parameters["attention.qkv.weight"][8:16], key[8 * head : 8 * head + 8])
        assert torch.equal(parameters["mlp.gate_up.weight"][12:], up[12 * rank : 12 * rank + 12])
        assert torch.equal(parameters["mlp.down.weight"], down[:, 12 * rank : 12 * rank + 12])
        assert torch.equal(parameters["attention.output.weight"], output[:, 8 * rank : 8 * rank + 8])
        assert torch.equal(decoder.head_rows, state["lm_head.weight"][68 * rank : 68 * rank + 68])


@pytest.mark.parametrize(
    ("family", "world", "sentence"),
    [
        ("llama", 3, "4 attention heads cannot be dealt out to 3 ranks; choose a divisor."),
        ("llama", 8, "4 attention heads cannot be dealt out to 8 ranks; choose a divisor."),
    ],
)
def test_a_model_that_cannot_be_dealt_out_is_refused(tiny: Tiny, family: str, world: int, sentence: str) -> None:
    directory, _ = tiny(family)
    with pytest.raises(ModelLoadError) as refused:
        part(decoder_spec(read_json(directory, "config.json"), place=directory), world)
    assert refused.value.message == sentence


@pytest.mark.parametrize(
    ("described", "writer", "rounding", "form"),
    [
        (GPTQ, gptq, "none", Int4),
        (AWQ, awq, "none", Int4),
        (FP8, blocks, "fp8", E4m3),
        (FP8, blocks, "int8", Int8),
    ],
)
def test_weights_of_fewer_bits_are_dealt_out_as_they_are(
    tmp_path: Path, described: dict[str, Any], writer: Writer, rounding: Rounding, form: type
) -> None:
    """What two ranks make of the same input adds up, or lies side by side, to what one makes of it."""
    directory, _ = save_pair(tmp_path, described, writer)
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    whole, *ranks = (
        load_decoder(directory, spec, device=CPU, dtype=torch.float32, shard=shard, rounding=rounding)
        for shard in (Shard(), Shard(0, 2), Shard(1, 2))
    )
    x = {name: torch.randn(3, size) for name, size in (("gate_up", 32), ("down", 64))}

    def product(decoder: Decoder, name: str, x: torch.Tensor) -> torch.Tensor:
        linear = decoder.get_submodule(f"layers.1.mlp.{name}")
        assert isinstance(linear, Linear)
        assert isinstance(linear.stored, form)
        return linear.product(x, None)

    loose = 0.03 if rounding == "int8" else 1e-5
    down = sum(product(each, "down", part) for each, part in zip(ranks, x["down"].chunk(2, dim=-1), strict=True))
    assert differs(torch.as_tensor(down), product(whole, "down", x["down"])) < (0.1 if rounding == "fp8" else loose)
    gates, ups = zip(*(product(each, "gate_up", x["gate_up"]).chunk(2, dim=-1) for each in ranks), strict=True)
    assert differs(torch.cat([*gates, *ups], dim=-1), product(whole, "gate_up", x["gate_up"])) < loose


def test_a_group_that_would_lie_on_two_ranks_is_widened() -> None:
    """So are inputs that act-order sorted, and too few to be packed."""
    weight = from_awq(*awq(24, 96)[0].values())
    parts = gptq(24, 96, shuffled=True)[0]
    sorted_by_group = from_gptq(parts["qweight"], parts["qzeros"], parts["scales"], parts["g_idx"], 1)

    assert dealt(weight, 1, 24, 24) is None
    assert dealt(sorted_by_group, 1, 0, 48) is None
    assert dealt(weight, 1, 48, 48) is None
    for start, size in ((0, 32), (32, 64)):
        columns = dealt(weight, 1, start, size)
        assert columns is not None
        assert torch.equal(columns.matrix(), weight.matrix()[:, start : start + size])
    for each in (weight, sorted_by_group):
        rows = dealt(each, 0, 8, 8)
        assert rows is not None
        assert torch.equal(rows.matrix(), each.matrix()[8:16])
