"""Weights of fewer bits: published formats read to the last bit, whole weights rounded while loading."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.errors import ModelLoadError
from inference.kernels.reference.linear import quantise_rows
from inference.layers.experts import ExpertMLP
from inference.layers.formats import E4m3, Int4, Int8
from inference.layers.norm import RMSNorm
from inference.layers.parallel import Shard
from inference.layers.plain import Linear
from inference.layers.stream import Stream
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.spec import decoder_spec
from inference.models.weights import load_decoder
from inference.quant.repack import from_awq, from_blocks, from_gptq
from inference.quant.store import rounded
from tests.inference.parity.driving import Steps, differs
from tests.inference.quantised import Writer, awq, blocks, gptq, save_pair

GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": False, "sym": False}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 16, "version": "GEMM", "zero_point": True}
FP8 = {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [24, 24], "activation_scheme": "dynamic"}
PROMPT = [(7 * at + 11) % 250 for at in range(70)]
CPU = torch.device("cpu")


def _load(directory: Path, **options: Any) -> Decoder:
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    return load_decoder(directory, spec, device=CPU, dtype=torch.float32, **options)


def _logits(directory: Path, **config: Any) -> torch.Tensor:
    steps = Steps(directory, **config)
    return steps.chunks(steps.sequence(PROMPT), 0, len(PROMPT))


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("stored_less", [0, 1])
def test_gptq_keeps_every_bit(shuffled: bool, stored_less: int) -> None:
    parts, values = gptq(24, 96, shuffled=shuffled, stored_less=stored_less)

    stored = from_gptq(parts["qweight"], parts["qzeros"], parts["scales"], parts["g_idx"], stored_less)

    assert torch.equal(stored.matrix(), values)
    assert stored.shape == (24, 96)
    assert (stored.order is not None) == shuffled
    x = torch.randn(3, 96)
    torch.testing.assert_close(stored.product(x, None), x @ values.t())


def test_awq_keeps_every_bit() -> None:
    parts, values = awq(40, 64)

    assert torch.equal(from_awq(parts["qweight"], parts["qzeros"], parts["scales"]).matrix(), values)


def test_blocks_of_e4m3_keep_every_bit() -> None:
    parts, values = blocks(40, 70)

    assert torch.equal(from_blocks(parts["weight"], parts["weight_scale_inv"], (24, 24)), values)
    with pytest.raises(ValueError, match=r"scales are \(2, 3\), \(3, 3\) are expected"):
        from_blocks(parts["weight"], parts["weight_scale_inv"], (16, 24))


@pytest.mark.parametrize(
    ("described", "writer"),
    [
        (GPTQ, gptq),
        ({**GPTQ, "desc_act": True}, partial(gptq, shuffled=True)),
        ({**GPTQ, "checkpoint_format": "gptq_v2"}, partial(gptq, stored_less=0)),
        (AWQ, awq),
    ],
)
def test_a_checkpoint_of_4_bits_computes_what_its_values_do(
    described: dict[str, Any], writer: Writer, tmp_path: Path
) -> None:
    stored, whole = save_pair(tmp_path, described, writer)

    ours, plain = _load(stored), _load(whole)
    matrices = dict(plain.named_parameters())
    for name, linear in ours.layers.named_modules():
        if isinstance(linear, Linear):
            assert isinstance(linear.stored, Int4)
            assert torch.equal(linear.stored.matrix(), matrices[f"layers.{name}.weight"])
            assert linear.weight.is_meta
    assert differs(_logits(stored), _logits(whole)) < 1e-5


def test_biases_of_zeros_that_a_quantiser_made_up_are_passed_over(tmp_path: Path) -> None:
    stored, whole = save_pair(tmp_path, GPTQ, gptq)
    tensors = load_file(stored / "model.safetensors")
    name = "model.layers.1.self_attn.k_proj.bias"

    save_file({**tensors, name: torch.zeros(32)}, stored / "model.safetensors")
    assert differs(_logits(stored), _logits(whole)) < 1e-5
    save_file({**tensors, name: torch.ones(32)}, stored / "model.safetensors")
    assert _refused(stored)[0] == "unsupported_model"


@pytest.mark.parametrize(("described", "writer"), [(GPTQ, gptq), (AWQ, awq)])
def test_experts_of_4_bits_stay_so(tmp_path: Path, described: dict[str, Any], writer: Writer) -> None:
    stored, whole = save_pair(tmp_path, described, writer, experts=True)

    experts = _load(stored).get_submodule("layers.1.mlp")

    assert isinstance(experts, ExpertMLP)
    assert [(each.dtype, each.shape) for each in (experts.gate_up, experts.down)] == [
        (torch.uint8, (4, 64, 16)),
        (torch.uint8, (4, 32, 16)),
    ]
    assert {leaf: each.shape for leaf, each in experts.zeros.items()} == {"gate_up": (4, 64, 2), "down": (4, 32, 2)}
    assert differs(_logits(stored), _logits(whole)) < 1e-5


def test_experts_with_act_order_are_widened(tmp_path: Path) -> None:
    stored, whole = save_pair(tmp_path, GPTQ, partial(gptq, shuffled=True), experts=True)

    experts = _load(stored).get_submodule("layers.1.mlp")

    assert isinstance(experts, ExpertMLP)
    assert (experts.gate_up.dtype, experts.down.dtype, experts.zeros) == (torch.float32, torch.float32, {})
    assert differs(_logits(stored), _logits(whole)) < 1e-5


def test_experts_of_two_ranks_stay_of_4_bits_only_where_both_matrices_can(tmp_path: Path) -> None:
    """16 of 32 inputs of `down` are too few to be packed: a rank widens it, and `gate_up` with it."""
    stored, whole = save_pair(tmp_path, GPTQ, gptq, experts=True)
    ours, theirs = (_load(each, shard=Shard(1, 2)).get_submodule("layers.0.mlp") for each in (stored, whole))

    assert isinstance(ours, ExpertMLP)
    assert isinstance(theirs, ExpertMLP)
    assert (ours.scales, ours.zeros) == ({}, {})
    for leaf in ("gate_up", "down"):
        assert torch.equal(ours.get_parameter(leaf), theirs.get_parameter(leaf))


def test_a_checkpoint_in_blocks_of_e4m3_is_widened_or_rounded_anew(tmp_path: Path) -> None:
    stored, whole = save_pair(tmp_path, FP8, partial(blocks, side=24))

    assert torch.equal(_logits(stored), _logits(whole))
    anew = _load(stored, rounding="fp8").layers[0].mlp.down.stored
    assert isinstance(anew, E4m3)
    weight, scale = quantise_rows(_load(whole).layers[0].mlp.down.weight)
    assert torch.equal(anew.weight.float(), weight.float())
    assert torch.equal(anew.scale, scale)


@pytest.mark.parametrize(("rounding", "kind", "limit"), [("fp8", E4m3, 0.2), ("int8", Int8, 0.15)])
def test_whole_weights_are_rounded_while_loading(rounding: str, kind: type, limit: float, tmp_path: Path) -> None:
    _, whole = save_pair(tmp_path, GPTQ, gptq)

    decoder = _load(whole, rounding=rounding)

    linears = [each for each in decoder.layers.modules() if isinstance(each, Linear)]
    assert len(linears) == 8
    assert all(isinstance(each.stored, kind) and each.weight.is_meta for each in linears)
    assert decoder.head is not None
    assert decoder.head.stored is None
    assert 0 < differs(_logits(whole, quantization=rounding), _logits(whole)) < limit


def test_experts_are_rounded_to_e4m3_while_loading(tmp_path: Path) -> None:
    _, whole = save_pair(tmp_path, GPTQ, gptq, experts=True)

    plain, decoder = _load(whole).layers[0].mlp, _load(whole, rounding="fp8").layers[0].mlp

    for leaf in ("gate_up", "down"):
        weight, scale = quantise_rows(getattr(plain, leaf))
        assert torch.equal(getattr(decoder, leaf).float(), weight.float())
        assert torch.equal(decoder.scales[leaf], scale)
    stream, norm = Stream(torch.randn(6, 32)), RMSNorm(32, 1e-6).requires_grad_(False)
    torch.nn.init.ones_(norm.weight)
    wanted, got = (each(stream, norm).news for each in (plain, decoder))
    assert 0 < float((got - wanted).norm() / wanted.norm()) < 0.06
    assert _load(whole, rounding="int8").layers[0].mlp.scales == {}


@pytest.mark.parametrize("name", ["llama", "llama-tied"])
def test_int8_rounds_the_head_and_leaves_the_embedding(name: str, tiny: Callable[[str], tuple[Path, Any]]) -> None:
    plain, decoder = _load(tiny(name)[0]), _load(tiny(name)[0], rounding="int8")
    hidden = torch.randn(40, 32)

    wanted, got = plain.logits(hidden), decoder.logits(hidden)

    assert 0 < float((got - wanted).norm() / wanted.norm()) < 0.02
    assert torch.equal(decoder.words.weight, plain.words.weight)
    assert decoder.head_rows.is_meta == (decoder.head is not None)


@pytest.mark.parametrize(("rounding", "limit"), [("fp8", 0.03), ("int8", 0.025)])
def test_a_rounded_layer_is_near(rounding: Any, limit: float) -> None:
    weight, bias = torch.randn(48, 256), torch.randn(48)
    x = torch.randn(5, 256) * torch.tensor([0.01, 1, 30, 0, 2])[:, None]

    got, wanted = rounded(weight, rounding).product(x, bias), x @ weight.t() + bias

    assert bool(((got - wanted).norm(dim=1) <= limit * (wanted - bias).norm(dim=1)).all())


def test_a_token_in_8_bits_does_not_mind_the_others() -> None:
    stored = rounded(torch.randn(48, 256), "int8")
    x = torch.randn(33, 256) * torch.rand(33, 1) * 50

    assert torch.equal(stored.product(x, None), torch.cat([stored.product(row[None], None) for row in x]))


def test_products_of_8_bits_are_exact_without_vnni() -> None:
    """The largest numbers there are, in a process of their own: oneDNN reads its setting once."""
    script = """
import torch
from inference.layers.formats import Int8
from inference.quant.store import levels
x = torch.ones(40, 4096)
x[::3] = -1
stored = Int8(torch.full((64, 4096), levels(), dtype=torch.int8), torch.ones(64))
wanted = x[:, :1] * 4096 * levels()
assert torch.equal(stored.product(x, None).round(), wanted.expand(40, 64)), levels()
"""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)


def _refused(directory: Path, **options: Any) -> tuple[str, str]:
    with pytest.raises(ModelLoadError) as refused:
        _load(directory, **options)
    return refused.value.code, refused.value.message.replace(str(directory), "DIR")


def test_what_would_be_read_wrongly_is_refused(tmp_path: Path) -> None:
    stored, _ = save_pair(tmp_path, GPTQ, gptq)
    tensors = load_file(stored / "model.safetensors")
    module = "model.layers.0.mlp.down_proj"

    assert _refused(stored, rounding="fp8") == (
        "bad_setting",
        "DIR is quantised by gptq; leave out --quantization fp8, or serve the unquantised checkpoint.",
    )
    save_file(
        {name: part for name, part in tensors.items() if name != f"{module}.qzeros"}, stored / "model.safetensors"
    )
    assert _refused(stored) == (
        "weights_missing", f"DIR lacks parts of 1 gptq weights, first {module!r}: qzeros.",
    )  # fmt: skip
    save_file({**tensors, f"{module}.g_idx": torch.zeros(64, dtype=torch.int32)}, stored / "model.safetensors")
    assert _refused(stored) == (
        "unsupported_model", f"DIR: the gptq weight {module!r} cannot be read: groups of unequal size.",
    )  # fmt: skip
    other = tensors["model.layers.0.self_attn.k_proj.g_idx"].flip(0)
    save_file({**tensors, "model.layers.0.self_attn.k_proj.g_idx": other.contiguous()}, stored / "model.safetensors")
    assert _refused(stored) == (
        "unsupported_model",
        "The matrices that make layers.0.attention.qkv.weight are in different orders or groups; serve the unquantised "
        "checkpoint.",
    )


def test_int8_is_refused_on_a_gpu(tmp_path: Path) -> None:
    _, whole = save_pair(tmp_path, GPTQ, gptq)
    spec = decoder_spec(read_json(whole, "config.json"), place=whole)

    with pytest.raises(ModelLoadError, match="--quantization int8 computes on CPUs only; on a GPU use"):
        load_decoder(whole, spec, device=torch.device("cuda"), dtype=torch.float32, rounding="int8")
