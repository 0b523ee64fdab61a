"""The JSON bodies of everything but generation: vectors, ranking, tokens, prefixes, the library of models."""

from __future__ import annotations

from typing import Any

import msgspec

from inference.server.protocol import Message


class EmbeddingRequest(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[str | int | list[int]] | None = None
    messages: list[Message] | None = None
    """Instead of `input`: a conversation, embedded as one text by the model's chat template. vLLM's field, as are the
    three after it."""
    add_generation_prompt: bool = False
    add_special_tokens: bool = False
    chat_template_kwargs: dict[str, Any] | None = None
    encoding_format: str = "float"
    dimensions: int | None = None
    prompt_name: str | None = None
    """What the texts are for, by sentence-transformers' name: the model's words for it are put before them."""


class RerankRequest(msgspec.Struct, kw_only=True):
    query: str
    documents: list[str | dict[str, Any]]
    model: str | None = None
    top_n: int | None = None
    return_documents: bool = False


class ScoreRequest(msgspec.Struct, kw_only=True):
    text_1: str | list[str]
    text_2: str | list[str]
    model: str | None = None


class TokenizeRequest(msgspec.Struct, kw_only=True):
    model: str
    prompt: str | None = None
    messages: list[Message] | None = None
    add_special_tokens: bool = True


class DetokenizeRequest(msgspec.Struct, kw_only=True):
    model: str
    tokens: list[int]


class PrefixRequest(msgspec.Struct, kw_only=True):
    """What to compute in advance: a conversation up to where it varies, or a text, or token ids."""

    id: str
    model: str
    messages: list[Message] | None = None
    prompt: str | None = None
    tokens: list[int] | None = None
    tools: list[dict[str, Any]] | None = None
    chat_template_kwargs: dict[str, Any] | None = None
    cache_salt: str = ""
    ttl_s: float = 3600.0


class DownloadRequest(msgspec.Struct, kw_only=True):
    id: str
    """On the hub: OWNER/NAME."""


class RegisterRequest(msgspec.Struct, kw_only=True):
    path: str
    """Of a directory on this machine, absolute."""


class ServeRequest(msgspec.Struct, kw_only=True):
    key: str
    quantization: str | None = None
    """None: what fits."""
