"""How large models are, what fits where, and how fast one stream would be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from inference.hub.catalogue import known_model, known_models
from inference.hub.facts import Facts
from inference.hub.fit import fit, fit_as
from inference.hub.inspection import inspect
from inference.hub.listing import rows
from inference.hub.machine import Machine, machine
from inference.hub.names import key_of

GB = 10**9


def a_machine(
    device: Literal["cuda", "cpu"], free: int, *, bandwidth: float | None = 1e12, disk: int = 10**12
) -> Machine:
    return Machine(
        device=device,
        name="one",
        memory_bytes=free,
        free_bytes=free,
        bandwidth=bandwidth,
        bandwidth_source="stated" if bandwidth else "unknown",
        disk_free_bytes=disk,
    )


def facts_of(model_id: str) -> Facts:
    known = known_model(model_id)
    assert known is not None
    return known.facts


@pytest.mark.parametrize(
    ("model_id", "parameters", "n_bytes"),
    [
        # parameters and the sizes of their files, as the pages of the models on the hub have them
        ("Qwen/Qwen3-0.6B", 596_049_920, 1_503_264_768),
        ("Qwen/Qwen2.5-0.5B-Instruct", 494_032_768, 988_065_536),
        ("Qwen/Qwen2.5-7B-Instruct", 7_615_616_512, 15_231_233_024),
        ("Qwen/Qwen3-8B", 8_190_735_360, 16_381_470_720),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", 30_532_122_624, 61_064_245_248),
        ("meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248, 16_060_522_496),
        ("mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552, 14_496_047_104),
        ("deepseek-ai/DeepSeek-V2-Lite-Chat", 15_706_484_224, 31_412_968_448),
    ],
)
def test_the_table_has_the_sizes_that_the_hub_states(model_id: str, parameters: int, n_bytes: int) -> None:
    known = known_model(model_id)
    assert known is not None
    assert (known.facts.parameters, known.n_bytes) == (parameters, n_bytes)


def test_the_table_is_sound() -> None:
    ids = [known.model_id for known in known_models()]
    assert len(set(map(key_of, ids))) == len(ids)
    assert {known.chinese for known in known_models()} == {"strong", "weak"}
    assert all(known.gated for known in known_models() if known.model_id.startswith("meta-llama/"))


@pytest.mark.parametrize("name", ["llama", "llama-tied", "mistral", "qwen2", "qwen3", "qwen3-moe", "deepseek-v2"])
def test_parameters_are_counted_as_transformers_does(tiny: Callable[[str], tuple[Path, Any]], name: str) -> None:
    directory, model = tiny(name)
    assert inspect(directory).facts.parameters == sum(each.numel() for each in model.parameters())


def test_a_gpu_holds_a_model_whole_or_rounded_or_not_at_all() -> None:
    facts = facts_of("Qwen/Qwen3-8B")
    verdicts = [fit(facts, a_machine("cuda", free * GB)) for free in (80, 14, 8)]

    assert [(each.verdict, each.quantization) for each in verdicts] == [
        ("fits", "none"),
        ("quantised", "fp8"),
        ("no", "fp8"),
    ]
    assert verdicts[0].kv_bytes_per_token == 36 * 2 * 8 * 128 * 2
    assert verdicts[2].kv_tokens == 0


def test_a_cpu_takes_four_bytes_a_number_unless_rounded() -> None:
    facts = facts_of("Qwen/Qwen2.5-7B-Instruct")
    whole, rounded = fit(facts, a_machine("cpu", 64 * GB)), fit(facts, a_machine("cpu", 16 * GB))
    packed = fit(facts_of("Qwen/Qwen2.5-7B-Instruct-AWQ"), a_machine("cpu", 16 * GB))

    assert (whole.verdict, whole.quantization, whole.needed_bytes > 4 * facts.parameters) == ("fits", "none", True)
    assert (rounded.verdict, rounded.quantization) == ("quantised", "int8")
    assert (packed.verdict, packed.quantization) == ("fits", "none")


def test_speed_is_bandwidth_over_what_a_token_reads() -> None:
    gpu = a_machine("cuda", 200 * GB, bandwidth=4.8e12)
    dense, mixture = facts_of("Qwen/Qwen3-8B"), facts_of("Qwen/Qwen3-30B-A3B-Instruct-2507")
    read = 2 * (dense.dense + dense.head)

    assert fit(dense, gpu).tokens_per_s == pytest.approx(4.8e12 / read)
    assert fit_as(dense, gpu, "fp8").tokens_per_s == pytest.approx(4.8e12 / (dense.dense + 2 * dense.head))
    # of 128 experts 8 are read
    assert (fit(mixture, gpu).tokens_per_s or 0) > (fit(dense, gpu).tokens_per_s or 0)
    assert fit(dense, a_machine("cuda", 200 * GB, bandwidth=None)).tokens_per_s is None


def test_rows_say_what_fits_and_why_not() -> None:
    found = {row["id"]: row for row in rows([], {}, a_machine("cuda", 8 * GB, disk=10 * GB))}
    small, large = found["Qwen/Qwen3-0.6B"], found["Qwen/Qwen3-32B"]

    assert (small["fit"]["verdict"], small["fit"]["disk"], small["size"]) == ("fits", "enough", "small")
    assert (large["fit"]["verdict"], large["fit"]["reason"], large["fit"]["disk"]) == ("no", "memory_short", "short")
    assert large["fit"]["message"].endswith("8.0 GB are free here; choose a smaller model or one of fewer bits.")
    assert list(found) == [known.model_id for known in known_models()]


def test_this_machine_is_measured(tmp_path: Path) -> None:
    here = machine("cpu", tmp_path, threads=1)
    assert (here.device, here.bandwidth_source) == ("cpu", "measured")
    assert 0 < here.free_bytes <= here.memory_bytes
    assert here.bandwidth is not None
    assert here.bandwidth > 10**8
