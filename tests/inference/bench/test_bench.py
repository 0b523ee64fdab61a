from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.__main__ import main
from inference.bench import run, sweeps
from inference.bench.cases import Case, cases
from inference.bench.clocks import clocks_of, told
from inference.bench.journal import Journal, Measured
from inference.bench.run import STAGES, bench, cpu_bench, measure
from inference.bench.serving import nano_load
from inference.bench.stage import Bench, Task, run_stage
from inference.bench.sweeps import GRIDS
from inference.kernels import reference
from inference.kernels.catalogue import CATALOGUE
from inference.kernels.tuning import KERNELS, source_digest
from inference.simulate.study import CASES

FILES = {kernel.name for kernel in CATALOGUE.values()}


def quiet(_: str) -> None:
    return


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def tuned() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (KERNELS / "tuned").glob("*")}


def correct_names() -> set[str]:
    floats = ("bfloat16", "float16", "float32")
    return {
        f"correct/{operation}/{dtype}"
        for operation in CATALOGUE
        for dtype in (("int32",) if operation == "advance_rows" else floats)
    }


def test_without_a_gpu_one_sentence_and_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    code = main(["bench", "--out", str(tmp_path / "out")])

    assert code == 2
    assert capsys.readouterr().out == (
        "There is no GPU that CUDA can use; --rehearse runs every stage on the CPU, with tiny shapes and twins.\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_stage_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed", "--rehearse", "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == f"inference: No stage 'speed': known are {', '.join(STAGES)}.\n"
    assert not (tmp_path / "out").exists()


def broken(operation: str) -> Callable[..., Any]:
    twin: Callable[..., Any] = getattr(reference, operation)
    if operation != "swiglu":
        return twin
    return lambda *given: twin(*given) * 1.5


def test_a_kernel_that_is_wrong_is_a_failure_and_not_verified(tmp_path: Path) -> None:
    place = tmp_path / "tuned"
    place.mkdir()
    (place / "gates.json").write_text(json.dumps({"rehearsal": {"verified_on": {"source": "0"}}, "other": {}}))
    here = replace(cpu_bench(tmp_path), kernel=broken, tuned=place)

    code = measure(here, ["correctness"], out=tmp_path, skip_done=False, say=quiet, budget_s=1e9)

    assert code == 1
    failed = {line["name"] for line in lines(tmp_path) if line["failed"] is not None}
    wrong = {f"correct/swiglu/{dtype}" for dtype in ("bfloat16", "float16", "float32")}
    assert failed == wrong | {"verified/gates"}
    assert json.loads((place / "gates.json").read_text()) == {"rehearsal": {}, "other": {}}
    verified = {
        path.stem for path in place.glob("*.json") if "verified_on" in json.loads(path.read_text())["rehearsal"]
    }
    assert verified == FILES - {"gates"}
    written = json.loads((place / "norms.json").read_text())["rehearsal"]["verified_on"]
    assert written["source"] == source_digest("norms")


def test_a_kernel_that_writes_beside_its_result_is_found(tmp_path: Path) -> None:
    def spills(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        out.copy_(reference.rms_norm(x, weight, eps))
        torch.as_strided(out, (1,), (1,), out.storage_offset() + out.numel()).fill_(3)
        return out

    def kernel(operation: str) -> Callable[..., Any]:
        return spills if operation == "rms_norm" else run._twin(operation)

    here = replace(cpu_bench(tmp_path), kernel=kernel)

    measure(here, ["correctness"], out=tmp_path, skip_done=False, say=quiet, budget_s=1e9)

    line = here.journal.lines["correct/rms_norm/float32"]
    assert line["failed"] == "Wrong: something was written beside a result"


def test_no_task_begins_when_the_time_is_over_and_the_rest_is_done_later(tmp_path: Path) -> None:
    now, made = [0.0], []

    def stage(here: Bench) -> list[Task]:
        def one(name: str) -> Measured:
            now[0] += 10
            made.append(name)
            return Measured(1.0, "s")

        return [Task(name, lambda name=name: one(name)) for name in ("a", "b", "c")]  # type: ignore[misc]

    here = cpu_bench(tmp_path)
    options: dict[str, Any] = {"skip_done": True, "budget_s": 15, "say": quiet, "clock": lambda: now[0]}

    first = run_stage(stage, here, **options)
    second = run_stage(stage, cpu_bench(tmp_path), **options)

    assert (first.n_left, second.n_left, made) == (1, 0, ["a", "b", "c"])


def test_what_was_made_from_another_source_is_made_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "results.jsonl", device="x", versions={})
    journal.write("a", "1", Measured(2.0, "GB/s"))
    journal.fail("b", "1", "no", fatal=False)
    journal.fail("c", "1", "no", fatal=True)
    journal.write("d", "1", Measured(3.0, "us", ceiling="a", reached=1.0))

    again = Journal(tmp_path / "results.jsonl", device="x", versions={})

    assert [again.done(name, "1") for name in "abcd"] == [True, False, True, True]
    assert not again.done("a", "2")
    assert again.lines["d"]["fraction"] == 0.5
    assert Journal(tmp_path / "results.jsonl", device="y", versions={}).lines == {}


def expected_names() -> set[str]:
    models = {
        "ceiling": ("read", "copy", "bf16", "fp8", "graph-gap", "h2d", "d2h"),
        "parity": ("tiny",),
        "throughput": (
            *("tiny/batch 1", "tiny/batch 2", "tiny/nano-vllm"),
            *(f"tiny/{form}, {load}" for form in ("fp8", "4 bits") for load in ("batch 1", "nano-vllm")),
        ),
        "prefill": ("tiny/40",),
        "ttft": ("tiny/capacity", "tiny/load 50 %", "tiny/load 80 %", "tiny/load 95 %"),
        "baseline": ("tiny/generate", "tiny/generate, static cache", "tiny/generate_batch"),
        "embeddings": ("ours", "sentence-transformers"),
        "replay": tuple(f"tiny/{name}" for name, _ in CASES),
    }
    swept = {f"sweep/{operation}/{case.name}" for operation in GRIDS for case in cases(operation, tiny=True)}
    made = {f"{subject}/{name}" for subject, names in models.items() for name in names}
    return made | swept | correct_names() | {f"verified/{file}" for file in FILES}


def test_a_rehearsal_has_every_result_once_and_writes_nothing_else(tmp_path: Path) -> None:
    before = tuned()

    code = bench([], out=tmp_path, skip_done=False, rehearse=True, say=quiet)

    assert [line for line in lines(tmp_path) if line["failed"] is not None] == []
    assert code == 0
    names = [line["name"] for line in lines(tmp_path)]
    assert len(names) == len(set(names))
    assert set(names) == expected_names()
    assert tuned() == before
    text = (tmp_path / "results.md").read_text()
    assert all(f"| {name.partition('/')[2]} |" in text for name in names)

    whole = (tmp_path / "results.jsonl").read_text()
    assert bench([], out=tmp_path, skip_done=True, rehearse=True, say=quiet) == 0
    assert (tmp_path / "results.jsonl").read_text() == whole


def test_the_workload_is_the_published_one() -> None:
    """133,966 tokens are what nano-vllm's README counts."""
    load = nano_load()

    assert (len(load), sum(len(prompt) for prompt, _ in load), sum(n for _, n in load)) == (256, 142_827, 133_966)


def test_the_fastest_configuration_that_is_right_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def norm(x: torch.Tensor, weight: torch.Tensor, eps: float, num_warps: int = 4) -> torch.Tensor:
        return reference.rms_norm(x, weight, eps) * (3 if num_warps == 16 else 1)

    took = {4: 5e-6, 2: 3e-6, 8: 4e-6, 16: 1e-6}
    monkeypatch.setattr(
        sweeps, "_time", lambda bench, kernel, given: took[getattr(kernel, "keywords", {}).get("num_warps", 4)]
    )
    monkeypatch.setattr(sweeps, "_configs", lambda *_: [{"num_warps": n} for n in (2, 8, 16)])
    here = replace(cpu_bench(tmp_path), kernel=lambda _: norm, tuned=tmp_path)

    measured = sweeps._swept(here, Case("rms_norm", (3, 64)))

    assert (measured.value, measured.detail) == (3.0, {"usual_us": 5.0, "config": {"num_warps": 2}, "tried": 3})
    written = json.loads((tmp_path / "norms.json").read_text())
    assert written == {"rehearsal": {"configs": {"bfloat16 64 rows4": {"num_warps": 2}}}}


def test_clocks_are_told_beside_a_result_where_the_device_tells_them(tmp_path: Path) -> None:
    assert told("1980, 2619, 41, 310.25\n") == {"sm_mhz": 1980, "memory_mhz": 2619, "celsius": 41, "watts": 310.25}
    assert told("1980, [N/A], 41, [N/A]") == {"sm_mhz": 1980, "celsius": 41}
    assert clocks_of(torch.device("cpu"))() == {}
    one = [Task("a", lambda: Measured(1.0, "us"))]
    for clocks in (dict, lambda: {"celsius": 41.0}):
        here = replace(cpu_bench(tmp_path), clocks=clocks)
        run_stage(lambda _: one, here, skip_done=False, budget_s=9, say=quiet)

    assert [line.get("clocks") for line in lines(tmp_path)] == [None, {"celsius": 41.0}]
