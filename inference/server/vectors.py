"""Embeddings and rerank endpoints. Knows their JSON and limits; nothing of encoders."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import BadRequest
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.metrics import Metrics
from inference.server.protocol import EmbeddingRequest, RerankRequest


class VectorEndpoints:
    def __init__(self, catalogue: Catalogue, metrics: Metrics, *, max_inputs: int) -> None:
        self._catalogue = catalogue
        self._metrics = metrics
        self._max_inputs = max_inputs

    async def embeddings(self, exchange: Exchange) -> None:
        request = await exchange.read(EmbeddingRequest)
        service = self._catalogue.embedding_model(request.model)
        if request.encoding_format not in ("float", "base64"):
            raise BadRequest(
                "value_out_of_range",
                f"encoding_format is {request.encoding_format!r}; 'float' or 'base64' is expected.",
                param="encoding_format",
            )
        if request.dimensions is not None and not 1 <= request.dimensions <= service.dimension:
            raise BadRequest(
                "value_out_of_range",
                f"dimensions is {request.dimensions}; {service.model_id} has {service.dimension}.",
                param="dimensions",
            )
        texts = self._texts(request.input)
        embedded = await service.embed(texts)
        self._metrics.embedded_texts.labels(service.model_id).inc(len(texts))
        vectors = _cut(embedded.vectors, request.dimensions)
        data = [
            {"object": "embedding", "index": at, "embedding": _encoded(vector, request.encoding_format)}
            for at, vector in enumerate(vectors)
        ]
        n_tokens = sum(embedded.n_tokens)
        usage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
        await exchange.send_json({"object": "list", "data": data, "model": service.model_id, "usage": usage})

    async def rerank(self, exchange: Exchange) -> None:
        request = await exchange.read(RerankRequest)
        service = self._catalogue.rerank_model(request.model)
        documents = [_document(document, at) for at, document in enumerate(request.documents)]
        self._check_count(len(documents), "documents")
        relevance = await service.score(request.query, documents)
        order = sorted(range(len(documents)), key=lambda at: -relevance.scores[at])[: request.top_n]
        results: list[dict[str, Any]] = [{"index": at, "relevance_score": relevance.scores[at]} for at in order]
        if request.return_documents:
            results = [{**result, "document": {"text": documents[result["index"]]}} for result in results]
        usage = {"prompt_tokens": relevance.n_tokens, "total_tokens": relevance.n_tokens}
        await exchange.send_json({"object": "list", "model": service.model_id, "results": results, "usage": usage})

    def _texts(self, given: str | list[str | int | list[int]]) -> list[str]:
        texts = [given] if isinstance(given, str) else [text for text in given if isinstance(text, str)]
        if not isinstance(given, str) and len(texts) != len(given):
            raise BadRequest(
                "input_unsupported", "input must be text or a list of texts; token ids are not read.", param="input"
            )
        self._check_count(len(texts), "input")
        empty = next((at for at, text in enumerate(texts) if not text), None)
        if empty is not None:
            raise BadRequest("input_empty", f"input[{empty}] is an empty text; leave it out.", param="input")
        return texts

    def _check_count(self, count: int, name: str) -> None:
        if not 1 <= count <= self._max_inputs:
            raise BadRequest(
                "too_many_inputs", f"{name} has {count} entries; 1 to {self._max_inputs} are allowed.", param=name
            )


def _document(document: str | dict[str, Any], at: int) -> str:
    text = document if isinstance(document, str) else document.get("text")
    if not isinstance(text, str):
        raise BadRequest("invalid_field", f"documents[{at}] has no text.", param="documents")
    return text


def _cut(vectors: NDArray[np.float32], dimensions: int | None) -> NDArray[np.float32]:
    """The first `dimensions` of each vector, of length 1 again."""
    if dimensions is None or dimensions == vectors.shape[1]:
        return vectors
    short = vectors[:, :dimensions]
    shortened: NDArray[np.float32] = short / np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-12)
    return shortened.astype(np.float32)


def _encoded(vector: NDArray[np.float32], encoding: str) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    numbers: list[float] = vector.tolist()
    return numbers
