"""What a request cost: tokens that were found computed, on every surface, and the histograms of its times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.request import Begun, Piece
from inference.server.usage import Usage
from tests.inference.inside import serving

Tiny = Callable[[str], tuple[Path, Any]]
PAGE = 64
SHOWN = (
    "request_queue_time_seconds", "request_prefill_time_seconds", "time_to_first_token_seconds",
    "e2e_request_latency_seconds",
)  # fmt: skip


def begun(index: int, n_cached: int) -> Piece:
    return Piece("x", 1, index=index, begun=Begun(n_cached, 0.0, 0.0))


def test_a_prompt_counts_by_the_answer_that_computed_it() -> None:
    usage = Usage(prompt=9)

    for piece in (begun(1, 64), begun(0, 0), begun(2, 128), begun(3, 192), Piece("y", 2, index=3)):
        usage.add(piece, 2)

    assert usage.cached == 128
    assert usage.openai()["prompt_tokens_details"] == {"cached_tokens": 128}
    assert usage.responses()["input_tokens_details"] == {"cached_tokens": 128}
    assert usage.openai()["completion_tokens"] == 6


async def test_every_surface_tells_what_was_found_and_the_histograms_fill(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    long = "one two three four " * 20
    name = directory.name
    async with serving(directory) as inside:
        client = inside.openai
        chat: Any = {"model": name, "messages": [{"role": "user", "content": long}], "max_completion_tokens": 2}
        first = await client.chat.completions.create(**chat)
        second = await client.chat.completions.create(**chat)
        streamed = [
            each
            async for each in await client.chat.completions.create(
                **chat, stream=True, stream_options={"include_usage": True}
            )
        ]
        answered = await client.responses.create(model=name, input=long, max_output_tokens=2)
        events = [each async for each in await client.responses.create(
            model=name, input=long, max_output_tokens=2, stream=True
        )]  # fmt: skip
        two = await client.completions.create(model=name, prompt=["x" + long, "y" + long], n=2, max_tokens=2)
        chosen = await client.chat.completions.create(**chat, extra_body={"structured_outputs": {"choice": ["a", "b"]}})
        figures = await inside.metrics()

    assert first.usage is not None
    kept = (first.usage.prompt_tokens - 1) // PAGE * PAGE
    assert kept > PAGE
    told = [each.usage for each in (first, second, streamed[-1], two, chosen)]
    cached = [each.prompt_tokens_details.cached_tokens for each in told if each and each.prompt_tokens_details]
    assert cached[:3] == [0, kept, kept]
    assert cached[4] == kept
    # each prompt is computed by one of its answers, whatever the other found
    assert cached[3] == 0
    assert answered.usage is not None
    assert answered.usage.input_tokens_details.cached_tokens == kept
    assert events[-1].response.usage.input_tokens_details.cached_tokens == kept  # type: ignore[union-attr]
    counts = {
        metric: sum(n for sample, n in figures.items() if sample.startswith(f"weft_{metric}_count")) for metric in SHOWN
    }
    # ten answers were given, to seven requests
    assert counts == dict(zip(SHOWN, (10, 10, 7, 10), strict=True))
    # tokens that came at once with the first have no gap before them
    assert 0 < figures[f'weft_inter_token_latency_seconds_count{{model="{name}"}}'] <= 9
