"""One model takes another's place: over HTTP, with requests in flight, and when the other cannot be loaded."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference.config import EngineConfig, ServerConfig
from inference.hub.network import HubAddress
from inference.models.decoder import Decoder
from inference.text.generative import GenerativeModel
from tests.inference.hub.fake_hub import KEY as KEY_OF_MODEL
from tests.inference.hub.fake_hub import MODEL, hub_of
from tests.inference.inside import Inside, serving, until

Tiny = Callable[[str], tuple[Path, Any]]
KEY = {"authorization": "Bearer k"}


@pytest.fixture
def folder(tmp_path: Path, tiny: Tiny) -> Path:
    """A models folder with two models."""
    for name in ("qwen3", "llama"):
        copy_of(tiny(name)[0], tmp_path / "models" / name)
    return tmp_path / "models"


def copy_of(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


@asynccontextmanager
async def library(folder: Path, *, drain_s: float = 30.0, **options: Any) -> AsyncIterator[Inside]:
    server = ServerConfig(api_key="k", drain_s=drain_s)
    async with serving(models_dir=folder, server=server, engine=EngineConfig(n_pages=64), **options) as inside:
        inside.http.headers.update(KEY)
        inside.process.begin()
        yield inside


async def state(inside: Inside) -> dict[str, Any]:
    answer: dict[str, Any] = (await inside.http.get("/admin/models")).json()
    return answer


async def settled(inside: Inside) -> dict[str, Any]:
    """The state once nothing moves."""

    async def still() -> bool:
        return not (await state(inside))["moving"]

    await until(still)
    return (await state(inside))["serving"]


async def serve(inside: Inside, key: str) -> dict[str, Any]:
    status, answer = await inside.post("/admin/models/serving", {"key": key})
    assert status == 200, answer
    return await settled(inside)


async def listed(inside: Inside) -> list[str]:
    cards = (await inside.http.get("/v1/models")).json()["data"]
    return [card["id"] for card in cards if card["weft"]["kind"] == "generative"]


async def ask(inside: Inside, model: str, n: int = 4) -> tuple[int, Any]:
    body = {"model": model, "prompt": "x", "max_tokens": n, "temperature": 0, "ignore_eos": True}
    return await inside.post("/v1/completions", body)


async def test_what_is_on_disk_is_listed_and_served(folder: Path) -> None:
    async with library(folder) as inside:
        before = await state(inside)
        now = await serve(inside, "qwen3")
        status, answer = await ask(inside, "qwen3")

        assert [(row["key"], row["source"], row["state"]) for row in before["models"][:3]] == [
            ("llama", "directory", "ready"),
            ("qwen3", "directory", "ready"),
            ("Qwen--Qwen2.5-0.5B-Instruct", "catalogue", "absent"),
        ]
        assert (before["serving"]["state"], before["serving"]["key"]) == ("empty", None)
        assert (now["state"], now["key"], now["model_id"], now["error"]) == ("serving", "qwen3", "qwen3", None)
        assert (status, answer["usage"]["completion_tokens"]) == (200, 4)
        assert await listed(inside) == ["qwen3"]
        assert json.loads((folder / "served.json").read_text()) == {"key": "qwen3", "quantization": "none"}


async def test_a_switch_lets_running_answers_end_and_refuses_new_ones(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        running = asyncio.ensure_future(ask(inside, "qwen3", 400))
        await until(lambda: _busy(inside))

        _, during = await inside.post("/admin/models/serving", {"key": "llama"})
        again = await inside.post("/admin/models/serving", {"key": "qwen3"})
        refused = await inside.http.post("/v1/completions", json={"model": "qwen3", "prompt": "x"})
        early = await ask(inside, "llama")
        ready, shown = await inside.http.get("/ready"), await listed(inside)
        status, answer = await running
        after = await settled(inside)

        assert (during["serving"]["state"], during["serving"]["next_key"], during["serving"]["running"]) == (
            "draining",
            "llama",
            1,
        )
        assert (again[0], again[1]["error"]["code"]) == (409, "switch_in_progress")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.json()["error"]["message"] == "qwen3 answers its last requests; llama takes its place."
        assert (early[0], early[1]["error"]["code"]) == (503, "model_loading")
        assert (ready.status_code, shown) == (503, [])
        assert (status, answer["usage"]["completion_tokens"]) == (200, 400)
        assert (after["state"], after["key"]) == ("serving", "llama")
        assert ((await ask(inside, "llama"))[0], (await ask(inside, "qwen3"))[0]) == (200, 404)
        assert (await inside.http.get("/ready")).status_code == 200


async def _busy(inside: Inside) -> bool:
    return bool((await state(inside))["serving"]["running"])


async def test_answers_that_outlast_the_drain_are_ended(folder: Path) -> None:
    async with library(folder, drain_s=0.0) as inside:
        await serve(inside, "qwen3")
        running = asyncio.ensure_future(ask(inside, "qwen3", 450))
        await until(lambda: _busy(inside))
        now = await serve(inside, "llama")
        status, answer = await running

        assert (status, answer["error"]["code"]) == (503, "model_loading")
        assert now["key"] == "llama"


async def test_a_request_that_is_still_being_read_is_answered_by_the_old_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    come, go = asyncio.Event(), asyncio.Event()
    read = GenerativeModel._ids

    async def slowly(self: GenerativeModel, text: str, *, add_special_tokens: bool) -> list[int]:
        come.set()
        await go.wait()
        return await read(self, text, add_special_tokens=add_special_tokens)

    async with library(folder) as inside:
        await serve(inside, "qwen3")
        monkeypatch.setattr(GenerativeModel, "_ids", slowly)
        asking = asyncio.ensure_future(ask(inside, "qwen3"))
        await come.wait()
        await inside.post("/admin/models/serving", {"key": "llama"})
        for _ in range(5):
            during = (await state(inside))["serving"]["state"]
        go.set()
        status, answer = await asking
        after = await settled(inside)

    assert (during, status, answer["usage"]["completion_tokens"]) == ("draining", 200, 4)
    assert (after["state"], after["key"]) == ("serving", "llama")


async def test_the_figures_of_a_model_leave_with_it(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        await inside.post("/v1/prefix", {"id": "p", "model": "qwen3", "tokens": [5] * 200})
        await until(lambda: _pinned(inside))
        await inside.http.delete("/admin/models/serving")
        await settled(inside)
        after = await inside.metrics()

    names = ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "pinned_pages")
    assert [after[f"weft_{name}"] for name in names] == [0, 0, 0, 0]


async def _pinned(inside: Inside) -> bool:
    return (await inside.metrics())["weft_pinned_pages"] > 0


async def test_a_model_that_cannot_be_loaded_leaves_the_old_one_in_place(folder: Path) -> None:
    spoil(folder / "llama")
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        now = await serve(inside, "llama")

        assert (now["state"], now["key"], now["error"]["key"]) == ("serving", "qwen3", "llama")
        assert now["error"]["code"] == "model_corrupt"
        assert (await ask(inside, "qwen3"))[0] == 200
        assert json.loads((folder / "served.json").read_text())["key"] == "qwen3"


def spoil(directory: Path) -> None:
    """All files are there and whole, but the shapes of the weights are others than the description's."""
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"hidden_size": 64, "head_dim": 16}))


async def test_nothing_is_served_after_a_stop_and_the_memory_is_free(folder: Path) -> None:
    before = _decoders()
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        await ask(inside, "qwen3")
        during = _decoders()
        await inside.http.delete("/admin/models/serving")
        now = await settled(inside)

        assert (during, _decoders()) == (before + 1, before)
        assert (now["state"], now["key"], await listed(inside)) == ("empty", None, [])
        assert json.loads((folder / "served.json").read_text()) == {}
        assert (await ask(inside, "qwen3"))[0] == 404


def _decoders() -> int:
    """Models in memory, those of other tests included."""
    gc.collect()
    return sum(type(each) is Decoder for each in gc.get_objects())


async def test_the_choice_is_served_again_after_a_restart(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "llama")
    async with library(folder) as inside:
        now = await settled(inside)

        assert (now["state"], now["key"], now["from_command_line"]) == ("serving", "llama", False)


async def test_a_choice_that_is_gone_is_told_and_the_rest_is_served(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "llama")
    shutil.rmtree(folder / "llama")
    async with library(folder) as inside:
        now = await settled(inside)

        assert (now["state"], now["error"]["code"], now["error"]["key"]) == ("failed", "model_not_found", "llama")
        assert (await inside.http.get("/ready")).status_code == 200


async def test_the_command_line_wins_over_the_choice(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "llama")
    async with library(folder, model=folder / "qwen3") as inside:
        now = await settled(inside)

        assert (now["key"], now["from_command_line"]) == ("qwen3", True)
        assert json.loads((folder / "served.json").read_text())["key"] == "llama"


async def test_what_is_served_is_not_removed_nor_what_was_not_downloaded(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        used = await inside.http.delete("/admin/models/copies/qwen3")
        own = await inside.http.delete("/admin/models/copies/llama")
        outside = await inside.http.delete("/admin/models/copies/..%2Fmodels")

        assert (used.status_code, used.json()["error"]["code"]) == (409, "model_in_use")
        assert (own.status_code, own.json()["error"]["code"]) == (409, "not_downloaded")
        assert (outside.status_code, outside.json()["error"]["code"]) == (404, "model_not_found")
        assert {row["key"] for row in (await state(inside))["models"] if row["state"] == "ready"} == {"llama", "qwen3"}


async def test_a_folder_that_is_taken_away_is_told_and_what_is_served_goes_on(folder: Path) -> None:
    async with library(folder) as inside:
        await serve(inside, "qwen3")
        shutil.move(folder, folder.with_name("away"))
        listed = await inside.http.get("/admin/models")
        answer = await ask(inside, "qwen3")
        shutil.move(folder.with_name("away"), folder)
        back = (await state(inside))["serving"]["key"]

    said = listed.json()["error"]
    assert (listed.status_code, said["code"], answer[0], back) == (503, "model_unavailable", 200, "qwen3")
    assert said["message"].startswith(f"The models folder {folder} cannot be used (No such file or directory); ")


async def test_without_a_key_there_is_no_library(folder: Path) -> None:
    async with serving(models_dir=folder) as inside:
        assert (await inside.post("/admin/models/serving", {"key": "qwen3"}))[0] == 403
        assert (await inside.http.get("/admin/models")).status_code == 403


async def test_a_model_comes_from_a_hub_and_is_served(
    tmp_path: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of(tiny("llama")[0]) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        async with library(tmp_path / "models", hub=HubAddress(hub.url, allowed=True)) as inside:
            status, begun = await inside.post("/admin/models/downloads", {"id": MODEL})
            early = await inside.post("/admin/models/serving", {"key": KEY_OF_MODEL})
            after = await moved(inside)
            again = await inside.post("/admin/models/downloads", {"id": MODEL})
            now = await serve(inside, KEY_OF_MODEL)
            answer = await ask(inside, MODEL)
            stopped = await inside.http.delete("/admin/models/serving")
            await settled(inside)
            removed = (await inside.http.delete(f"/admin/models/copies/{KEY_OF_MODEL}")).json()

    first, arrived = begun["models"][0], after["models"][0]
    assert (status, begun["moving"], begun["network"]["state"]) == (200, True, "online")
    assert (first["id"], first["source"], first["fit"]["verdict"]) == (MODEL, "hub", "unknown")
    assert first["state"] in ("queued", "downloading")
    assert (early[0], early[1]["error"]["code"]) == (409, "model_not_ready")
    assert (arrived["state"], arrived["download"], arrived["licence"], arrived["gated"]) == (
        "ready",
        None,
        "apache-2.0",
        False,
    )
    assert (arrived["family"], arrived["fit"]["verdict"], arrived["fit"]["disk"]) == ("llama", "fits", None)
    assert (again[0], again[1]["error"]["code"]) == (409, "already_here")
    assert (now["state"], now["model_id"], answer[0], stopped.status_code) == ("serving", MODEL, 200, 200)
    assert KEY_OF_MODEL not in [row["key"] for row in removed["models"]]


async def moved(inside: Inside) -> dict[str, Any]:
    await settled(inside)
    return await state(inside)
