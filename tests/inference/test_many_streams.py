"""64 streams at once by the official client, half of them given up at random: the rest are whole, no page is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.inference.process import ServerProcess
from tests.waiting import until

MODEL = "tiny-qwen3"
N_STREAMS, N_TOKENS = 64, 24
GAUGES = ("weft_kv_cache_usage_perc", "weft_num_requests_running", "weft_num_requests_waiting")


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def asked(at: int) -> dict[str, Any]:
    """Equal prompts share pages, and greedy answers to them are equal."""
    content = f"Stream {at % 8}: " + "say more " * (1 + at % 8 * 3)
    return {
        "model": MODEL, "messages": [{"role": "user", "content": content}], "max_tokens": N_TOKENS, "temperature": 0,
        "extra_body": {"ignore_eos": True},
    }  # fmt: skip


async def read(client: openai.AsyncOpenAI, at: int, most: int | None) -> tuple[str, str | None]:
    """The text and how it ended; after `most` chunks the stream is closed."""
    said, reason, n_chunks = "", None, 0
    async with await client.chat.completions.create(**asked(at), stream=True) as stream:
        async for chunk in stream:
            said += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason
            n_chunks += 1
            if n_chunks == most:
                break
    return said, reason


async def test_aborts_at_random_lose_no_page_and_disturb_nobody(
    server: ServerProcess, client: openai.AsyncOpenAI
) -> None:
    dice = random.Random(29)
    leaving = dice.sample(range(N_STREAMS), N_STREAMS // 2)
    closed = {at: dice.randint(1, N_TOKENS) for at in leaving[::2]}
    cancelled = {at: dice.uniform(0.0, 0.3) for at in leaving[1::2]}
    whole = [(await client.chat.completions.create(**asked(at))).choices[0].message.content for at in range(8)]

    tasks = [asyncio.create_task(read(client, at, closed.get(at))) for at in range(N_STREAMS)]
    loop = asyncio.get_running_loop()
    for at, after_s in cancelled.items():
        loop.call_later(after_s, tasks[at].cancel)
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    for at, outcome in enumerate(ended):
        if at in cancelled and isinstance(outcome, asyncio.CancelledError):
            continue
        # on a fast machine some are through before they are cancelled
        assert not isinstance(outcome, BaseException), outcome
        said, reason = outcome
        if at in closed:
            assert (whole[at % 8] or "").startswith(said)
        else:
            assert (said, reason) == (whole[at % 8], "length")

    def all_given_back() -> bool:
        return [server.metric(name) for name in GAUGES] == [0, 0, 0] and server.metric("weft_requests_in_flight") == 1

    await until(all_given_back, timeout_s=60)
    again = [(await client.chat.completions.create(**asked(at))).choices[0].message.content for at in range(8)]
    assert again == whole
