"""The embeddings endpoint. Knows its JSON and limits; nothing of encoders."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from inference.embedding_service import EmbeddingService
from inference.embeddings import Text
from inference.errors import BadRequest
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.metrics import Metrics
from inference.server.small_bodies import EmbeddingRequest
from inference.server.turns import turns


class VectorEndpoints:
    def __init__(self, catalogue: Catalogue, metrics: Metrics, *, max_inputs: int) -> None:
        self._catalogue = catalogue
        self._metrics = metrics
        self._max_inputs = max_inputs

    async def embeddings(self, exchange: Exchange) -> None:
        request = await exchange.read(EmbeddingRequest)
        service = self._catalogue.embedding_model(request.model)
        _check_form(request, service)
        texts = await _asked(request, service)
        check_count(len(texts), "input", self._max_inputs)
        names = [f"input[{at}]" for at in range(len(texts))] if request.messages is None else ["messages"]
        for name, text in zip(names, texts, strict=True):
            _check_text(text, name, service)
        embedded = await service.embed(texts, prompt_name=request.prompt_name)
        self._metrics.embedded_texts.labels(service.model_id).inc(len(texts))
        vectors = _cut(embedded.vectors, request.dimensions)
        data = [
            {"object": "embedding", "index": at, "embedding": _encoded(vector, request.encoding_format)}
            for at, vector in enumerate(vectors)
        ]
        n_tokens = sum(embedded.n_tokens)
        usage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
        await exchange.send_json({"object": "list", "data": data, "model": service.model_id, "usage": usage})


def check_count(count: int, name: str, limit: int) -> None:
    """Raise BadRequest unless a list has between 1 and `limit` entries."""
    if not 1 <= count <= limit:
        raise BadRequest("too_many_inputs", f"{name} has {count} entries; 1 to {limit} are allowed.", param=name)


def _check_form(request: EmbeddingRequest, service: EmbeddingService) -> None:
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


async def _asked(request: EmbeddingRequest, service: EmbeddingService) -> list[Text]:
    """What is to be embedded: the input, or a conversation, as the template writes it."""
    if (request.input is None) == (request.messages is None):
        raise BadRequest("invalid_field", "Give one of input, messages.", param="input")
    if request.input is not None:
        return _texts(request.input)
    arguments = {"add_generation_prompt": request.add_generation_prompt, **(request.chat_template_kwargs or {})}
    said = turns(request.messages or [])
    return [await service.conversation(said, arguments, add_special_tokens=request.add_special_tokens)]


def _texts(given: str | list[str | int | list[int]]) -> list[Text]:
    """One text or many, each as characters or as token ids; a flat list of ids is one text."""
    if isinstance(given, str):
        return [given]
    ids = [entry for entry in given if isinstance(entry, int)]
    if not ids:
        return [entry for entry in given if not isinstance(entry, int)]
    if len(ids) == len(given):
        return [ids]
    raise BadRequest("invalid_field", "input mixes token ids with texts; give one or the other.", param="input")


def _check_text(text: Text, name: str, service: EmbeddingService) -> None:
    """`name` is where the request has it."""
    if not text:
        raise BadRequest("input_empty", f"{name} is an empty text; leave it out.", param="input")
    if isinstance(text, str):
        return
    wrong = next((token for token in text if not 0 <= token < service.vocab_size), None)
    if wrong is not None:
        raise BadRequest(
            "value_out_of_range",
            f"{name} has the token {wrong}; ids of {service.model_id} are below {service.vocab_size}.",
            param="input",
        )
    if len(text) > service.max_tokens:
        raise BadRequest(
            "context_length_exceeded",
            f"{name} has {len(text)} tokens; {service.model_id} reads at most {service.max_tokens}.",
            param="input",
        )


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
