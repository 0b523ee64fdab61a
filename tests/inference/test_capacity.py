"""How many pages of KV cache fit: what a machine and its control groups leave, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.attention.paged import PagedAttention
from inference.config import EngineConfig
from inference.device.capacity import pages
from inference.errors import ModelLoadError
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.spec import decoder_spec
from inference.models.weights import load_decoder
from inference.ram import Ram, ram

PAGE_BYTES = 4 * 3 * 2 * 2 * 64 * 16
"""Three layers, two key heads of 16 in fp32."""

Tiny = Callable[[str], tuple[Path, Any]]


@dataclass
class FakeMemory:
    """A device with so much left, whose steps take what `step` says."""

    free: int
    step: int = 0
    share: float = 1.0
    total: int = 1_000_000_000
    computed: list[int] = field(default_factory=list)

    def left(self) -> tuple[int, int]:
        return self.free, self.total

    def peak(self, compute: Callable[[], None]) -> int:
        compute()
        self.computed.append(self.step)
        return self.step


@pytest.fixture(scope="module")
def decoder(tiny: Tiny) -> Decoder:
    directory, _ = tiny("qwen3")
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    return load_decoder(directory, spec, device=torch.device("cpu"), dtype=torch.float32)


def _pages(decoder: Decoder, memory: FakeMemory, max_len: int = 512, **config: Any) -> int:
    return pages(decoder, PagedAttention(), EngineConfig(**config), memory, max_len=max_len)


def test_pages_take_what_the_largest_step_leaves(decoder: Decoder) -> None:
    memory = FakeMemory(free=50 * PAGE_BYTES + 7, step=9 * PAGE_BYTES, share=0.5)

    assert _pages(decoder, memory) == 19
    assert memory.computed == [9 * PAGE_BYTES]
    assert _pages(decoder, replace(memory, share=1.0, free=50 * PAGE_BYTES)) == 40
    assert _pages(decoder, replace(memory, free=10**9)) == 64 * 8
    assert _pages(decoder, memory, max_len=65, max_rows=3) == 6


def test_what_is_asked_for_is_given(decoder: Decoder) -> None:
    memory = FakeMemory(free=50 * PAGE_BYTES, step=0, share=0.1)

    assert _pages(decoder, memory, kv_bytes=31 * PAGE_BYTES + 5) == 31
    assert _pages(decoder, memory, kv_bytes=40 * PAGE_BYTES, max_len=64, max_rows=2) == 2
    assert _pages(decoder, memory, n_pages=49) == 49


@pytest.mark.parametrize(
    ("config", "pages_named", "size"),
    [({"n_pages": 50}, 50, "2.51 MB"), ({"kv_bytes": 99 * PAGE_BYTES}, 99, "4.92 MB"), ({"kv_bytes": 9}, 1, "0.10 MB")],
)
def test_what_does_not_fit_is_refused_with_numbers(
    decoder: Decoder, config: dict[str, int], pages_named: int, size: str
) -> None:
    memory = FakeMemory(free=60 * PAGE_BYTES, step=10 * PAGE_BYTES)

    with pytest.raises(ModelLoadError) as refused:
        _pages(decoder, memory, **config)

    assert refused.value.code == "memory_short"
    assert refused.value.message == (
        f"A KV cache of {pages_named} pages of 64 tokens takes {size}; of 1.00 GB there are 2.46 MB left, 0.49 MB kept "
        "for the largest step. Ask for less with --kv-cache-bytes, or choose a smaller model, --quantization or "
        "--kv-cache-dtype fp8."
    )


def test_a_page_that_does_not_fit_is_refused(decoder: Decoder) -> None:
    with pytest.raises(ModelLoadError, match=r"A KV cache of 1 pages of 64 tokens takes 0\.10 MB; of 1\.00 GB"):
        _pages(decoder, FakeMemory(free=PAGE_BYTES))


MEMINFO = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    800 kB\n"
KB = 1024


def _files(root: Path, files: dict[str, str]) -> tuple[Path, Path]:
    for name, text in {"proc/meminfo": MEMINFO, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "proc", root / "groups"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, Ram(1000 * KB, 800 * KB)),
        (
            {"proc/self/cgroup": "0::/\n", "groups/memory.max": "max\n", "groups/memory.current": "5\n"},
            Ram(1000 * KB, 800 * KB),
        ),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "groups/a/memory.max": f"{500 * KB}\n", "groups/a/memory.current": f"{300 * KB}\n",
                "groups/a/memory.stat": f"anon 7\ninactive_file {20 * KB}\n",
                "groups/a/b/memory.max": f"{600 * KB}\n", "groups/a/b/memory.current": f"{100 * KB}\n",
            },
            Ram(500 * KB, 220 * KB),
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x/y\n",
                "groups/memory/memory.limit_in_bytes": f"{400 * KB}\n",
                "groups/memory/memory.usage_in_bytes": f"{390 * KB}\n",
                "groups/memory/memory.stat": f"inactive_file 1\ntotal_inactive_file {30 * KB}\n",
            },
            Ram(400 * KB, 40 * KB),
        ),
        (
            {
                "proc/self/cgroup": "0::/\n", "groups/memory.max": f"{100 * KB}\n",
                "groups/memory.current": f"{200 * KB}\n",
            },
            Ram(100 * KB, 0),
        ),
    ],
    ids=["no groups", "no limit", "nested", "version 1", "over its limit"],
)  # fmt: skip
def test_a_group_bounds_what_is_available(tmp_path: Path, files: dict[str, str], wanted: Ram) -> None:
    assert ram(*_files(tmp_path, files)) == wanted
