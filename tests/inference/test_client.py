"""The client of the model server: what it costs to import, what it sends, how it retries."""

from __future__ import annotations

import subprocess
import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from inference.client import ClientError, InferenceClient, ModelCard, ServerUnavailable, embed, health, models, rerank
from tests.inference.process import ROOT, ServerProcess


def test_importing_the_client_imports_no_torch() -> None:
    heavy = {"torch", "numpy", "transformers", "tokenizers"}
    script = f"import inference.client, sys; print(sorted({heavy!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


async def test_embed_batches_and_keeps_order(server: ServerProcess) -> None:
    texts = [f"text {at}" for at in range(150)]

    whole = await embed(texts, base_url=server.url)
    last = await embed(texts[-1:], base_url=f"{server.url}/v1/")

    assert len(whole.vectors) == 150
    assert whole.vectors[-1] == pytest.approx(last.vectors[0], abs=1e-5)
    assert (whole.model, whole.n_tokens) == ("all-MiniLM-L6-v2", 4 * 150)


async def test_no_texts_need_no_server() -> None:
    assert (await embed([], base_url="http://127.0.0.1:9")).vectors == []


async def test_models_and_health(server: ServerProcess) -> None:
    cards = await models(base_url=server.url)

    assert cards[0] == ModelCard("weft-quote", "extractive", {"kind": "extractive"})
    assert await health(base_url=server.url)
    assert not await health(base_url="http://127.0.0.1:9")


async def test_a_refusal_is_typed_and_not_retried(server: ServerProcess) -> None:
    with pytest.raises(ClientError) as refused:
        await embed(["x"], base_url=server.url, model="nope")
    assert (refused.value.code, refused.value.status) == ("model_not_found", 404)
    assert not isinstance(refused.value, ServerUnavailable)

    with pytest.raises(ClientError, match="No reranker is served"):
        await rerank("x", ["a"], base_url=server.url)


async def test_a_server_that_recovers_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.client.FIRST_DELAY_S", 0.001)
    tokens: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        tokens.append(request.headers.get("authorization"))
        if len(tokens) < 3:
            return web.json_response({"error": {"code": "draining", "message": "Soon."}}, status=503)
        return web.json_response({"data": []})

    app = web.Application()
    app.router.add_get("/v1/models", answer)
    async with TestServer(app) as fake, InferenceClient(str(fake.make_url("")), token="t") as client:
        assert await client.models() == []

    assert tokens == ["Bearer t"] * 3


async def test_a_server_that_stays_away_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.client.FIRST_DELAY_S", 0.001)

    with pytest.raises(ServerUnavailable) as away:
        await embed(["x"], base_url="http://127.0.0.1:9")
    assert away.value.code == "inference_unreachable"
    assert away.value.message.startswith("The model server at http://127.0.0.1:9 does not answer: ")
