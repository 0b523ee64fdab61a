"""Long texts are read beside the event loop, by a few threads at most, and come out as they would at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer

from inference.config import EngineConfig
from inference.errors import BadRequest
from inference.request import SamplingParams, Turn
from inference.text.aside import SHORT_CHARS, THREADS, aside
from inference.text.load import load_generative

Tiny = Callable[[str], tuple[Path, Any]]


async def test_only_long_work_leaves_the_loop_and_little_of_it_at_once() -> None:
    here = threading.get_ident()
    begun: list[int] = []
    started, go_on = threading.Semaphore(0), threading.Event()

    def work() -> int:
        begun.append(threading.get_ident())
        started.release()
        go_on.wait()
        return len(begun)

    long = [asyncio.create_task(aside(SHORT_CHARS + 1, work)) for _ in range(3 * THREADS)]
    for _ in range(THREADS):
        await asyncio.to_thread(started.acquire)
    waiting = len(begun)
    short = await aside(SHORT_CHARS, threading.get_ident)
    go_on.set()
    await asyncio.gather(*long)

    assert (waiting, short, len(begun)) == (THREADS, here, 3 * THREADS)
    assert here not in begun
    assert len(set(begun)) <= THREADS


async def test_a_fault_on_the_thread_is_the_callers() -> None:
    def fail() -> None:
        raise BadRequest("template_refused", "No.")

    with pytest.raises(BadRequest, match=r"^No"):
        await aside(SHORT_CHARS + 1, fail)


@pytest.mark.parametrize("n_chars", [9, 20 * SHORT_CHARS])
async def test_a_text_has_the_same_tokens_however_long(tiny: Tiny, n_chars: int) -> None:
    directory, _ = tiny("qwen3")
    text = ("Wörter 字 and more. " * n_chars)[:n_chars]
    plain = Tokenizer.from_file(str(directory / "tokenizer.json"))
    config = EngineConfig(n_pages=8)
    model, worker = load_generative(
        directory, "tiny", config, device=torch.device("cpu"), dtype="float32", on_step=lambda load, seconds: None
    )
    try:
        ids = await model.tokenize(text, add_special_tokens=True)
        back = await model.detokenize(ids)
        said = await model.chat([Turn("user", text)], SamplingParams(), template_args={})
        adapted = model.adapted("another")
        twice = await model.chat([Turn("user", text + text)], SamplingParams(), template_args={})
    finally:
        worker.close()

    assert ids == plain.encode(text, add_special_tokens=True).ids
    assert back == text
    # an adapter waits where its model does
    assert (adapted.model_id, adapted.queue, adapted.max_answers) == ("another", "tiny", config.max_waiting)
    assert len(twice.prompt) > len(said.prompt) > len(ids)
