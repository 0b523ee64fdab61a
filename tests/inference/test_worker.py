"""The engine's thread: faults, a death and a new engine, prefixes that are computed again, signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inference.config import ServerConfig
from inference.engine import Engine
from inference.runner import TorchRunner
from tests.inference.inside import Inside, serving, until

Tiny = Callable[[str], tuple[Path, Any]]
PREFIX = "You answer in rhymes. " * 8


class Broken(Exception):
    pass


def breaking(monkeypatch: pytest.MonkeyPatch, n_faults: int) -> list[int]:
    """Let the next `n_faults` steps fail; returns a list that counts down."""
    left = [n_faults]
    launch = TorchRunner.launch

    def fail(self: TorchRunner, plan: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise Broken
        return launch(self, plan)

    monkeypatch.setattr(TorchRunner, "launch", fail)
    return left


async def ask(inside: Inside, model: str, prompt: str = "x") -> tuple[int, Any]:
    return await inside.post("/v1/completions", {"model": model, "prompt": prompt, "max_tokens": 4, "temperature": 0})


async def is_pinned(inside: Inside) -> bool:
    return all(each["n_pinned"] > 0 for each in (await inside.http.get("/v1/prefix")).json()["data"])


async def are_running(inside: Inside, n: int) -> bool:
    return (await inside.metrics())["weft_num_requests_running"] == n


async def is_sick(inside: Inside) -> bool:
    return (await inside.http.get("/health")).status_code == 503


async def test_a_fault_that_does_not_come_back_is_not_noticed(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, _ = tiny("qwen3")
    async with serving(directory) as inside:
        want = await ask(inside, directory.name)
        left = breaking(monkeypatch, 1)
        answers = await asyncio.gather(*(ask(inside, directory.name) for _ in range(3)))

    assert left == [0]
    assert [(status, answer["choices"]) for status, answer in answers] == [(200, want[1]["choices"])] * 3


async def test_a_request_that_fails_each_time_is_refused_in_the_end(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is served beside it gets its answer, and the engine goes on."""
    directory, _ = tiny("qwen3")
    launch = TorchRunner.launch

    def fail(self: TorchRunner, plan: Any) -> Any:
        if any(chunk.sequence.tokens[0] == ord("?") - 33 for chunk in plan.chunks):
            raise Broken
        return launch(self, plan)

    async with serving(directory) as inside:
        want = await ask(inside, directory.name)
        monkeypatch.setattr(TorchRunner, "launch", fail)
        said = [await asyncio.gather(ask(inside, directory.name, "?"), ask(inside, directory.name)) for _ in range(3)]
        restarts = (await inside.metrics())["weft_engine_restarts_total"]

    assert [(bad[0], bad[1]["error"]["code"]) for bad, _ in said] == [
        (500, "engine_failed"),
        (500, "engine_failed"),
        (400, "request_fails"),
    ]
    assert [good[1]["choices"] for _, good in said] == [want[1]["choices"]] * 3
    assert restarts == 0


async def test_a_dead_engine_is_replaced_and_its_prefixes_computed_again(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, _ = tiny("qwen3")
    async with serving(directory) as inside:
        want = await ask(inside, directory.name, PREFIX + "Why?")
        status, made = await inside.post(
            "/v1/prefix", {"id": "rhymes", "model": directory.name, "prompt": PREFIX, "ttl_s": 600}
        )
        await until(partial(is_pinned, inside))
        long = {"model": directory.name, "max_tokens": 150, "ignore_eos": True}
        both = [
            asyncio.create_task(inside.post("/v1/completions", {**long, "prompt": prompt}))
            for prompt in ("one", "other")
        ]
        await until(partial(are_running, inside, 2))
        breaking(monkeypatch, 3)
        refused = sorted([(answer[0], answer[1]["error"]["code"]) for answer in await asyncio.gather(*both)])
        await until(partial(is_pinned, inside))
        before = (await inside.metrics())["weft_prefix_cache_hits_total"]
        after = await ask(inside, directory.name, PREFIX + "Why?")
        found = (await inside.metrics())["weft_prefix_cache_hits_total"] - before
        health = (await inside.http.get("/health")).status_code
        restarts = (await inside.metrics())["weft_engine_restarts_total"]

    assert (status, made["n_tokens"]) == (200, len(PREFIX) - 1)
    assert refused == [(500, "engine_failed"), (503, "engine_died")]
    assert after[1]["choices"] == want[1]["choices"]
    assert found == (len(PREFIX) - 1) // 64 * 64
    assert (health, restarts) == (200, 1)


async def test_an_engine_that_cannot_be_replaced_is_reported(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, _ = tiny("qwen3")

    def fail(self: Engine) -> Any:
        raise Broken

    async with serving(directory) as inside:
        await ask(inside, directory.name)
        breaking(monkeypatch, 3)
        monkeypatch.setattr("inference.text.load.load_decoder", fail)
        monkeypatch.setattr(Engine, "step", fail)
        await ask(inside, directory.name)
        died = await ask(inside, directory.name)
        await until(partial(is_sick, inside))
        refused = await ask(inside, directory.name)
        health = (await inside.http.get("/health")).json()

    assert (died[0], died[1]["error"]["code"]) == (503, "engine_died")
    assert (refused[0], refused[1]["error"]["code"]) == (503, "engine_died")
    assert health["error"]["message"] == "The engine has stopped; restart the server."


async def test_an_engine_that_does_not_move_is_reported(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    async with serving(directory, server=ServerConfig(heartbeat_s=0.0)) as inside:
        fresh = (await inside.http.get("/health")).status_code
        await ask(inside, directory.name)
        stuck = (await inside.http.get("/health")).json()["error"]

    assert fresh == 200
    assert stuck["message"] == "The engine has not moved for 0 s; restart the server."


async def test_prefixes_are_the_part_that_does_not_vary(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    messages = [{"role": "system", "content": PREFIX}, {"role": "user", "content": "About "}]
    async with serving(directory) as inside:
        body = {"id": "p", "model": directory.name, "messages": messages, "ttl_s": 60}
        _, made = await inside.post("/v1/prefix", body)
        _, other = await inside.post("/v1/prefix", {**body, "cache_salt": "t"})
        listed = (await inside.http.get("/v1/prefix")).json()["data"]
        tokens = (await inside.post("/tokenize", {"model": directory.name, "messages": messages}))[1]["count"]
        gone = await inside.http.delete("/v1/prefix/p", params={"cache_salt": "t"})
        again = await inside.http.delete("/v1/prefix/p", params={"cache_salt": "t"})
        left = (await inside.http.get("/v1/prefix")).json()["data"]
        refusals = [
            (await inside.post("/v1/prefix", {**body, **more}))[1]["error"]["message"]
            for more in ({"prompt": "x"}, {"ttl_s": 0}, {"id": ""}, {"model": "weft-quote"})
        ]

    # without the end of the turn, where the assistant speaks, and the last token, which may merge with what follows
    assert made["n_tokens"] == other["n_tokens"] == tokens - 3
    assert [(each["id"], each["cache_salt"]) for each in listed] == [("p", ""), ("p", "t")]
    assert gone.json() == {"id": "p", "object": "prefix", "deleted": True}
    assert (again.status_code, again.json()["error"]["code"]) == (404, "prefix_not_found")
    assert [each["cache_salt"] for each in left] == [""]
    assert refusals == [
        "Give one of messages, prompt, tokens.",
        "ttl_s is above 0 and at most 604800.",
        "id has 1 to 256 characters.",
        "'weft-quote' computes no prefixes in advance.",
    ]
