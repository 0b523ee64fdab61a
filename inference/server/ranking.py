"""Rerank and score: how well texts fit together. Speaks Jina's, Cohere's and vLLM's JSON; knows nothing of encoders."""

from __future__ import annotations

import time
import uuid
from typing import Any

import numpy as np

from inference.embedding_service import EmbeddingService
from inference.errors import BadRequest
from inference.rerank import Relevance
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.small_bodies import RerankRequest, ScoreRequest
from inference.server.vectors import check_count

DOCUMENTS_PER_UNIT = 100
"""Cohere bills one search unit for so many documents."""


class RankingEndpoints:
    def __init__(self, catalogue: Catalogue, *, max_inputs: int) -> None:
        self._catalogue = catalogue
        self._max_inputs = max_inputs

    async def rerank(self, exchange: Exchange) -> None:
        """One answer for all three paths: Jina's fields, and the `id` and `meta` that Cohere adds."""
        request = await exchange.read(RerankRequest)
        service = self._catalogue.rerank_model(request.model)
        documents = [_document(document, at) for at, document in enumerate(request.documents)]
        check_count(len(documents), "documents", self._max_inputs)
        if request.top_n is not None and request.top_n < 1:
            raise BadRequest("value_out_of_range", f"top_n is {request.top_n}; it must be at least 1.", param="top_n")
        relevance = await service.score([(request.query, document) for document in documents])
        order = sorted(range(len(documents)), key=lambda at: -relevance.scores[at])[: request.top_n]
        results: list[dict[str, Any]] = [{"index": at, "relevance_score": relevance.scores[at]} for at in order]
        if request.return_documents:
            results = [{**result, "document": {"text": documents[result["index"]]}} for result in results]
        await exchange.send_json(
            {
                "id": f"rerank-{uuid.uuid4().hex}",
                "object": "list",
                "model": service.model_id,
                "results": results,
                "usage": _usage(relevance),
                "meta": {"billed_units": {"search_units": -(-len(documents) // DOCUMENTS_PER_UNIT)}},
            }
        )

    async def score(self, exchange: Exchange) -> None:
        """By the reranker, or as the cosine of the encoder's vectors, whichever `model` names."""
        request = await exchange.read(ScoreRequest)
        pairs = _pairs(request.text_1, request.text_2)
        check_count(len(pairs), "text_2", self._max_inputs)
        embeddings = self._catalogue.embeddings
        if embeddings is not None and request.model == embeddings.model_id:
            model_id, relevance = embeddings.model_id, await _cosines(embeddings, pairs)
        else:
            service = self._catalogue.rerank_model(request.model)
            model_id, relevance = service.model_id, await service.score(pairs)
        data = [{"index": at, "object": "score", "score": score} for at, score in enumerate(relevance.scores)]
        head = {"id": f"score-{uuid.uuid4().hex}", "object": "list", "created": int(time.time()), "model": model_id}
        await exchange.send_json({**head, "data": data, "usage": _usage(relevance)})


async def _cosines(service: EmbeddingService, pairs: list[tuple[str, str]]) -> Relevance:
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    embedded = await service.embed(texts)
    vectors = embedded.vectors / np.maximum(np.linalg.norm(embedded.vectors, axis=1, keepdims=True), 1e-12)
    place = {text: at for at, text in enumerate(texts)}
    scores = [float(vectors[place[left]] @ vectors[place[right]]) for left, right in pairs]
    return Relevance(scores, sum(embedded.n_tokens))


def _usage(relevance: Relevance) -> dict[str, int]:
    return {"prompt_tokens": relevance.n_tokens, "total_tokens": relevance.n_tokens}


def _document(document: str | dict[str, Any], at: int) -> str:
    text = document if isinstance(document, str) else document.get("text")
    if not isinstance(text, str):
        raise BadRequest("invalid_field", f"documents[{at}] has no text.", param="documents")
    return text


def _pairs(left: str | list[str], right: str | list[str]) -> list[tuple[str, str]]:
    """One text against many, or two lists of the same length side by side."""
    second = [right] if isinstance(right, str) else right
    first = [left] * len(second) if isinstance(left, str) else left
    if len(first) == 1:
        first = first * len(second)
    if len(first) != len(second):
        raise BadRequest(
            "invalid_field",
            f"text_1 has {len(first)} entries and text_2 {len(second)}; they must match, or text_1 be one text.",
            param="text_2",
        )
    pairs = list(zip(first, second, strict=True))
    empty = next((at for at, pair in enumerate(pairs) if not all(pair)), None)
    if empty is not None:
        raise BadRequest("input_empty", f"Pair {empty} has an empty text; leave it out.", param="text_2")
    return pairs
