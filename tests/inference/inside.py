"""The server inside the test's own process and event loop: the official client speaks to the ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import torch

from inference.config import EngineConfig, ServerConfig
from inference.hub.network import HubAddress
from inference.server.assemble import Served, assemble
from inference.server.process import Process

NO_HUB = HubAddress("http://127.0.0.1:1", allowed=False)


@dataclass(frozen=True, slots=True)
class Inside:
    process: Process
    http: httpx.AsyncClient
    openai: openai.AsyncOpenAI

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels, as Prometheus' text writes them."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    async def idle(self) -> bool:
        """No sequence runs and no page is held."""
        figures = await self.metrics()
        return not figures["weft_num_requests_running"] and not figures["weft_kv_cache_usage_perc"]

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """(status, decoded JSON) of a POST."""
        response = await self.http.post(path, json=body)
        return response.status_code, response.json()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return when the condition holds; the test's own limit ends what never comes."""
    while not await condition():  # noqa: ASYNC110  (the condition belongs to the engine's thread, which sets no event)
        await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(
    model: Path | None = None,
    *,
    embedding: Path | None = None,
    reranker: Path | None = None,
    adapters: Mapping[str, Path] | None = None,
    models_dir: Path | None = None,
    models_roots: tuple[Path, ...] = (),
    hub: HubAddress = NO_HUB,
    server: ServerConfig | None = None,
    engine: EngineConfig | None = None,
) -> AsyncIterator[Inside]:
    cpu = torch.device("cpu")
    served = Served(
        model=model,
        adapters=adapters or {},
        embedding=embedding,
        reranker=reranker,
        models_dir=models_dir,
        models_roots=models_roots,
        hub=hub,
        device=cpu,
    )
    process = assemble(served, server or ServerConfig(), engine or EngineConfig())
    transport = httpx.ASGITransport(app=process.app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://weft") as http:
            client = openai.AsyncOpenAI(base_url="http://weft/v1", api_key="none", http_client=http, max_retries=0)
            yield Inside(process, http, client)
    finally:
        await process.close()
