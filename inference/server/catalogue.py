"""What this server serves, by id.

Knows the kinds of models and how a request finds its own; nothing of how they compute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inference.embedding_service import EmbeddingService
from inference.errors import BadRequest, InferenceError, NotFound
from inference.rerank import RerankService
from inference.text.model import TextModel


@dataclass(frozen=True, slots=True)
class Catalogue:
    text: dict[str, TextModel]
    embeddings: EmbeddingService | None
    reranker: RerankService | None
    away: dict[str, Callable[[], InferenceError]] = field(default_factory=dict)
    """Models that are being loaded or taken down, and what their requests are told."""
    created: int = field(default_factory=lambda: int(time.time()))

    def text_model(self, model_id: str) -> TextModel:
        if model_id in self.away:
            raise self.away[model_id]()
        if model_id in self.text:
            return self.text[model_id]
        raise self._unfit(model_id, "generate text")

    def embedding_model(self, model_id: str) -> EmbeddingService:
        if self.embeddings is not None and model_id == self.embeddings.model_id:
            return self.embeddings
        raise self._unfit(model_id, "make embeddings")

    def rerank_model(self, model_id: str | None) -> RerankService:
        if self.reranker is None:
            raise NotFound(
                "model_not_found",
                "No reranker is served; start the server with --reranker and a cross-encoder directory.",
                param="model",
            )
        if model_id not in (None, self.reranker.model_id):
            raise self._unfit(str(model_id), "rank")
        return self.reranker

    def cards(self) -> list[dict[str, Any]]:
        """The entries of `/v1/models`; `weft.kind` tells generative, extractive, embedding and rerank models apart."""
        cards = [
            self._card(model.model_id, {"kind": model.kind, "max_model_len": model.max_model_len})
            for model in self.text.values()
            if model.model_id not in self.away
        ]
        if self.embeddings is not None:
            note = {
                "kind": "embedding",
                "dimension": self.embeddings.dimension,
                "max_model_len": self.embeddings.max_tokens,
            }
            cards.append(self._card(self.embeddings.model_id, note))
        if self.reranker is not None:
            cards.append(
                self._card(self.reranker.model_id, {"kind": "rerank", "max_model_len": self.reranker.max_tokens})
            )
        return cards

    def card(self, model_id: str) -> dict[str, Any]:
        """The entry of one model."""
        card = next((card for card in self.cards() if card["id"] == model_id), None)
        if card is None:
            raise self._unknown(model_id)
        return card

    def _card(self, model_id: str, note: dict[str, Any]) -> dict[str, Any]:
        if note["kind"] == "extractive":
            note = {"kind": "extractive"}
        return {"id": model_id, "object": "model", "created": self.created, "owned_by": "weft", "weft": note}

    def _unfit(self, model_id: str, wanted: str) -> InferenceError:
        """Why a model does not do what is wanted of it: it does something else, or is not here."""
        kind = next((card["weft"]["kind"] for card in self.cards() if card["id"] == model_id), None)
        if kind is None:
            return self._unknown(model_id)
        does = {"embedding": "makes embeddings", "rerank": "ranks"}.get(kind, "generates text")
        return BadRequest("model_kind", f"{model_id!r} {does}; it does not {wanted}.", param="model")

    def _unknown(self, model_id: str) -> InferenceError:
        served = ", ".join(repr(card["id"]) for card in self.cards())
        return NotFound(
            "model_not_found", f"The model {model_id!r} is not served here; served: {served}.", param="model"
        )
