"""Which models there are: the built-in server's, those a provider lists, and what a model's name tells of its kind."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Literal

from apps.providers import endpoints, errors, wire
from apps.providers.endpoints import Endpoint
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError
from workflows.errors import ModelError

Kind = Literal["chat", "embedding", "rerank"]

TIMEOUT_S = 8.0
# Weft's own server is near: one that takes longer is starting or stuck, and is left alone for a while.
BUILTIN_TIMEOUT_S = 2.0
_BUILTIN_TTL_S = 15.0
_BUILTIN_RETRY_S = 3.0
_EMBEDDING_WORDS = ("embed", "bge-", "gte-", "e5-", "m3e", "minilm", "jina-clip", "voyage-")
_RERANK_WORDS = ("rerank", "ranker")
_OTHER_WORDS = ("whisper", "tts-", "dall-e", "gpt-image", "moderation", "sora-", "realtime", "transcribe")


PRICES = ("input_price", "output_price")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """`note_code` warns of what a person would otherwise find out too late; the interface says it in words. Prices are
    in US dollars for a million tokens; None where nobody told.
    """

    name: str
    kind: Kind
    note_code: str | None = None
    input_price: float | None = None
    output_price: float | None = None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> ModelInfo:
        """A model as a provider's row keeps it."""
        prices = {key: stored.get(key) for key in PRICES}
        return cls(stored["name"], stored["kind"], **prices)

    def to_dict(self) -> dict[str, Any]:
        """What a provider's row keeps, and what people are shown of it."""
        prices = {key: value for key in PRICES if (value := getattr(self, key)) is not None}
        return {"name": self.name, "kind": self.kind, **prices}


QUOTES = "weft-quote"
"""Answers with sentences of what it is given; it is no language model and computes no prompts."""
# What the built-in server always has; shown also while it is starting.
_BUILTIN = (
    ModelInfo(QUOTES, "chat", "quotes_only"),
    ModelInfo("all-MiniLM-L6-v2", "embedding", "english_only"),
)


def kind_of(name: str) -> Kind | None:
    """A guess by the name; None for models that do none of the three."""
    lower = name.lower()
    # before what embeds: a bge-reranker does not
    if any(word in lower for word in _RERANK_WORDS):
        return "rerank"
    if any(word in lower for word in _OTHER_WORDS):
        return None
    return "embedding" if any(word in lower for word in _EMBEDDING_WORDS) else "chat"


async def list_models(endpoint: Endpoint, *, timeout_s: float = TIMEOUT_S) -> list[ModelInfo]:
    """What the server lists at /models. Raises ModelError."""
    try:
        response = await egress.fetch(
            "GET",
            f"{endpoint.base_url}/models",
            headers=endpoint.headers(),
            timeout_s=timeout_s,
            policy=endpoint.policy,
        )
    except egress.EgressError as exc:
        raise errors.of_egress(exc, endpoint, "its list of models") from exc
    text = response.body.decode("utf-8", "replace")
    if response.status != 200:
        raise errors.of_status(response.status, text, endpoint, "its list of models")
    value = wire.parse(text)
    if value is None or not isinstance(value.get("data"), list):
        raise errors.not_openai(endpoint, "its list of models", response.headers.get("content-type", ""))
    infos = [_info(each) for each in value["data"] if isinstance(each, dict) and each.get("id")]
    return [each for each in infos if each is not None]


def builtin_models() -> list[ModelInfo]:
    """The built-in server's models, asked for at most every few seconds; what it always has when it does not answer.

    Gives this thread's database connection back before it waits. Who comes meanwhile waits for the same answer.
    """
    global _cached
    if (known := _known()) is not None:
        return known
    release()
    with _asking:
        if (known := _known()) is not None:
            return known
        found, lasts_s = _ask_builtin()
        _cached = (time.monotonic() + lasts_s, found)
        return list(found)


def forget_builtin() -> None:
    """The built-in server serves something else: it is asked again when next somebody wants to know."""
    global _cached
    _cached = None


_asking = threading.Lock()
# Until when it counts, and what it is.
_cached: tuple[float, list[ModelInfo]] | None = None


def _known() -> list[ModelInfo] | None:
    cached = _cached
    return list(cached[1]) if cached is not None and time.monotonic() < cached[0] else None


def _ask_builtin() -> tuple[list[ModelInfo], float]:
    """The models, and how long that counts."""
    try:
        endpoint = endpoints.builtin()
        return egress.run_sync(lambda: list_models(endpoint, timeout_s=BUILTIN_TIMEOUT_S)), _BUILTIN_TTL_S
    except (ModelError, WeftError):
        return list(_BUILTIN), _BUILTIN_RETRY_S


def _info(card: dict[str, Any]) -> ModelInfo | None:
    name = str(card["id"])
    own = card.get("weft")
    match own.get("kind") if isinstance(own, dict) else None:
        case "extractive":
            return ModelInfo(name, "chat", "quotes_only")
        case "generative":
            return ModelInfo(name, "chat")
        case "embedding":
            return ModelInfo(name, "embedding", "english_only" if "MiniLM-L6" in name else None)
        case "rerank":
            return ModelInfo(name, "rerank")
    kind = kind_of(name)
    return ModelInfo(name, kind) if kind else None
