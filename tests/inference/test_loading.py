"""Loading decoders: what is refused and how, shards and indexes, progress, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.errors import ModelLoadError
from inference.loader import LoadProgress, read_json
from inference.models.decoder import Decoder
from inference.models.spec import decoder_spec
from inference.models.weights import load_decoder
from inference.server.assemble import telling
from inference.tensorfile import mapped_tensors
from tests.inference.tiny import VOCAB

Tiny = Callable[[str], tuple[Path, Any]]


def load(directory: Path, dtype: torch.dtype = torch.float32, **options: Any) -> Decoder:
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    return load_decoder(directory, spec, device=torch.device("cpu"), dtype=dtype, **options)


def refusal(directory: Path) -> tuple[str, str]:
    with pytest.raises(ModelLoadError) as refused:
        load(directory)
    return refused.value.code, refused.value.message.replace(str(directory), "DIR")


def changed(source: Path, directory: Path, change: dict[str, Any]) -> Path:
    """The same checkpoint with other words in its config."""
    config = {**json.loads((source / "config.json").read_text()), **change}
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "model.safetensors").symlink_to(source / "model.safetensors")
    return directory


@pytest.mark.parametrize(
    ("family", "change", "code", "sentence"),
    [
        (
            "qwen3", {"model_type": "gpt2"}, "unsupported_model",
            "DIR/config.json asks for model_type 'gpt2'; served are llama, mistral, qwen2, qwen3, qwen3_moe, "
            "deepseek_v2, deepseek_v3.",
        ),
        (
            "qwen3", {"hidden_act": "gelu"}, "unsupported_model",
            "DIR/config.json asks for hidden_act 'gelu'; only 'silu' is served.",
        ),
        (
            "qwen3", {"quantization_config": {"quant_method": "fp8"}}, "unsupported_model",
            "DIR/config.json describes weights quantised as {'quant_method': 'fp8'}; read are gptq and awq (version "
            "gemm) of 4 bits, and fp8 in blocks. Serve such a checkpoint, or the unquantised one with "
            "--quantization fp8.",
        ),
        (
            "qwen3", {"rope_parameters": {"rope_type": "longrope", "factor": 2.0}}, "unsupported_model",
            "DIR/config.json asks for rope type 'longrope'; known are default, linear, dynamic, llama3, yarn.",
        ),
        (
            "qwen3", {"rope_parameters": {"rope_type": "yarn"}}, "model_incomplete",
            "DIR/config.json has no 'factor'.",
        ),
        (
            "qwen3", {"partial_rotary_factor": 0.5}, "unsupported_model",
            "DIR/config.json asks for a partial_rotary_factor; only whole heads are rotated, choose another model.",
        ),
        (
            "deepseek-v3", {"topk_method": "greedy"}, "unsupported_model",
            "DIR/config.json asks for topk_method 'greedy'; known for deepseek_v3 are noaux_tc.",
        ),
        (
            "deepseek-v3", {"scoring_func": "softmax"}, "unsupported_model",
            "DIR/config.json asks for scoring_func 'softmax'; deepseek_v3 is served with 'sigmoid'.",
        ),
        (
            "deepseek-v2", {"norm_topk_prob": True}, "unsupported_model",
            "DIR/config.json asks for norm_topk_prob; deepseek_v2 is served without; choose another checkpoint.",
        ),
        (
            "deepseek-v2", {"moe_layer_freq": 2}, "unsupported_model",
            "DIR/config.json asks for moe_layer_freq 2; only 1 is served.",
        ),
        (
            "qwen3", {"num_hidden_layers": 4}, "weights_missing",
            "DIR lacks weights for 8 places, first 'layers.3.attention.key_norm.weight'; download it again.",
        ),
        (
            "qwen3", {"num_hidden_layers": 2}, "unsupported_model",
            "DIR has 11 weights that a qwen3 decoder lacks, first 'model.layers.2.input_layernorm.weight'; "
            "config.json does not describe this checkpoint.",
        ),
        (
            "qwen3", {"intermediate_size": 40}, "model_corrupt",
            "DIR: 'model.layers.0.mlp.down_proj.weight' is (32, 48); config.json makes it (32, 40).",
        ),
        (
            "qwen3-moe", {"num_experts": 9}, "model_corrupt",
            "DIR: 'model.layers.0.mlp.gate.weight' is (8, 32); config.json makes it (9, 32).",
        ),
        (
            "qwen3-moe", {"num_experts": 7}, "model_corrupt",
            "DIR: 'model.layers.0.mlp.gate.weight' is (8, 32); config.json makes it (7, 32).",
        ),
    ],
)  # fmt: skip
def test_a_model_that_would_be_wrong_is_refused(
    tiny: Tiny, tmp_path: Path, family: str, change: dict[str, Any], code: str, sentence: str
) -> None:
    assert refusal(changed(tiny(family)[0], tmp_path, change)) == (code, sentence)


def test_a_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        "model_incomplete", "DIR has no config.json; a Hugging Face model directory is expected.",
    )  # fmt: skip


def test_a_damaged_weight_file_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    (tmp_path / "config.json").symlink_to(directory / "config.json")
    whole = (directory / "model.safetensors").read_bytes()

    for damaged in (b"", b"\x00" * 4, whole[:2000], whole[:-4], b"not safetensors at all"):
        (tmp_path / "model.safetensors").write_bytes(damaged)
        code, sentence = refusal(tmp_path)
        assert code == "model_corrupt"
        assert sentence.startswith("DIR/model.safetensors cannot be read as safetensors: ")


def test_shards_hold_what_one_file_does_and_each_loss_has_a_name(tiny: Tiny, tmp_path: Path) -> None:
    directory, model = tiny("qwen2")
    index = json.loads((directory / "model.safetensors.index.json").read_text())
    shards = sorted(set(index["weight_map"].values()))
    assert len(shards) > 1
    (tmp_path / "config.json").symlink_to(directory / "config.json")
    save_file({name: value.clone() for name, value in model.state_dict().items()}, tmp_path / "model.safetensors")
    whole, sharded = (dict(load(each).named_parameters()) for each in (tmp_path, directory))
    assert whole.keys() == sharded.keys()
    assert all(torch.equal(whole[name], sharded[name]) for name in whole)

    for shard in shards[1:]:
        (tmp_path / shard).symlink_to(directory / shard)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refusal(tmp_path) == (
        "weights_missing", f"DIR has no {shards[0]}; weights are read as safetensors only.",
    )  # fmt: skip
    (tmp_path / shards[0]).symlink_to(directory / shards[0])
    index["weight_map"]["model.norm.extra"] = shards[0]
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refusal(tmp_path) == (
        "weights_missing",
        "DIR: model.safetensors.index.json names 1 weights that no file has, first 'model.norm.extra'.",
    )


def test_a_tied_head_stored_all_the_same_and_layers_that_guess_ahead_are_passed_over(
    tiny: Tiny, tmp_path: Path
) -> None:
    for name, extra in (("qwen3", "lm_head.weight"), ("deepseek-v3", "model.layers.3.eh_proj.weight")):
        directory, _ = tiny(name)
        place = tmp_path / name
        place.mkdir()
        (place / "config.json").symlink_to(directory / "config.json")
        stored = load_file(directory / "model.safetensors")
        save_file({**stored, extra: torch.zeros(3)}, place / "model.safetensors")

        with_extra, without = (dict(load(each).named_parameters()) for each in (place, directory))
        assert all(torch.equal(with_extra[each], without[each]) for each in without)


def test_progress_counts_bytes_and_says_how_long_it_will_take(tiny: Tiny) -> None:
    directory, _ = tiny("qwen2")
    seen: list[LoadProgress] = []

    load(directory, progress=seen.append)

    size = sum(path.stat().st_size for path in directory.glob("*.safetensors"))
    done = [each.done_bytes for each in seen]
    assert done == sorted(done)
    assert len(done) > 30
    assert {each.total_bytes for each in seen} == {size}
    assert done[-1] == size
    assert seen[-1].eta_s == 0
    assert LoadProgress(25, 100, 2.0).eta_s == 6.0
    assert LoadProgress(0, 100, 2.0).eta_s is None


def test_the_log_tells_now_and_then_how_far_weights_are_read(caplog: pytest.LogCaptureFixture) -> None:
    tell = telling(every_s=5.0)
    with caplog.at_level("INFO", logger="inference.server"):
        for elapsed_s in (1.0, 5.0, 6.0, 10.0):
            tell(LoadProgress(int(elapsed_s * 10e6), 200_000_000, elapsed_s))

    assert caplog.messages == [
        "50 of 200 MB of weights read, about 15 s to go",
        "100 of 200 MB of weights read, about 10 s to go",
    ]


def test_dtypes_are_as_asked_but_routing_stays_exact(tiny: Tiny) -> None:
    parameters = dict(load(tiny("deepseek-v3")[0], torch.bfloat16).named_parameters())

    wide = {name for name, parameter in parameters.items() if parameter.dtype == torch.float32}
    assert wide == {f"layers.{at}.mlp.{leaf}" for at in (1, 2) for leaf in ("router", "correction")}
    assert {parameter.dtype for parameter in parameters.values()} == {torch.float32, torch.bfloat16}


def test_mapped_tensors_equal_the_library(tiny: Tiny) -> None:
    path = tiny("qwen3")[0] / "model.safetensors"
    ours = dict(mapped_tensors(path))
    theirs = load_file(path)

    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_loading_takes_the_memory_of_one_copy(tmp_path: Path) -> None:
    """In a process of its own: the highest resident size is what counts, and it never falls again."""
    config = {
        "model_type": "llama", "vocab_size": VOCAB, "hidden_size": 512, "intermediate_size": 2048,
        "num_hidden_layers": 6, "num_attention_heads": 8, "max_position_embeddings": 64, "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (VOCAB, 512), "model.norm.weight": (512,)}
    for at in range(6):
        layer = f"model.layers.{at}."
        shapes |= {f"{layer}self_attn.{name}_proj.weight": (512, 512) for name in "qkvo"}
        shapes |= {f"{layer}mlp.{name}_proj.weight": (2048, 512) for name in ("gate", "up")}
        shapes |= {f"{layer}mlp.down_proj.weight": (512, 2048)}
        shapes |= {f"{layer}{name}_layernorm.weight": (512,) for name in ("input", "post_attention")}
    save_file({name: torch.ones(shape) for name, shape in shapes.items()}, tmp_path / "model.safetensors")
    program = (
        "import json, sys, torch; from pathlib import Path\n"
        "from inference.models.decoder import Decoder; from inference.models.spec import decoder_spec\n"
        "from inference.models.weights import load_decoder\n"
        "place = Path(sys.argv[1]); spec = decoder_spec(json.loads((place / 'config.json').read_text()), place=place)\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) * 1024\n"
        "with torch.device('meta'): Decoder(spec)\n"
        "before = peak()\n"
        "load_decoder(place, spec, device=torch.device('cpu'), dtype=torch.float32)\n"
        "print(peak() - before)\n"
    )

    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)

    size = (tmp_path / "model.safetensors").stat().st_size
    assert size < int(run.stdout) < 1.3 * size
