"""Configuring providers and calling models: what the rest of the house may ask of this app."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from msgspec import structs

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.providers import catalogue, chat, embeddings, endpoints, reranking, secrets
from apps.providers.catalogue import ModelInfo
from apps.providers.locks import lock_provider
from apps.providers.models import Provider
from apps.providers.selectors import provider_by_slug, providers_of
from apps.usage import services as usage
from weft.db.aio import call_db, release
from weft.http import egress
from weft.http.errors import WeftError, invalid
from workflows.errors import ModelError
from workflows.ports import ChatChunk, ChatRequest

Hinting = Callable[[ChatRequest], Awaitable[dict[str, Any]]]
"""What a request's workflow lets foresee: the `workflow` object that the built-in server takes."""
MAX_OPTIONS = 1024
"""The built-in server binds a reply to no more; beyond, it is asked in words alone, as other servers are."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    ok: bool
    elapsed_ms: int
    models: list[ModelInfo] = field(default_factory=list)
    error: ModelError | WeftError | None = None


def create_provider(
    actor: Actor, *, name: str, base_url: str, api_key: str = "", models: Sequence[ModelInfo] | None = None
) -> Provider:
    """Without `models` the server is asked for its list once; one that does not answer now can be tested later."""
    require(actor, Role.ADMIN)
    base_url = _checked_url(base_url)
    provider = Provider(workspace=actor.workspace, name=name.strip(), base_url=base_url)
    _set_key(provider, api_key)
    found = _discover(provider) if models is None else list(models)
    provider.models = [each.to_dict() for each in found]
    provider.slug = _free_slug(actor.workspace_id, name)
    try:
        with transaction.atomic():
            provider.save()
            record(actor.workspace_id, actor.user, "provider.create", provider.slug, base_url=base_url)
    except IntegrityError as exc:
        raise invalid("name", f"There is a provider named {name!r} already.", "name_taken") from exc
    return provider


def update_provider(
    actor: Actor,
    slug: str,
    *,
    name: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    models: Sequence[ModelInfo] | None = None,
) -> Provider:
    """Change what is given. A base URL on another server drops the old key: it must not travel there."""
    require(actor, Role.ADMIN)
    # resolving a name may take long, so it happens before the transaction
    moved = _checked_url(base_url) if base_url is not None else None
    with transaction.atomic():
        provider = lock_provider(provider_by_slug(actor.workspace_id, slug))
        if name is not None:
            provider.name = name.strip()
        if moved is not None:
            if api_key is None and egress.parse_url(moved).origin() != egress.parse_url(provider.base_url).origin():
                _set_key(provider, "")
            provider.base_url = moved
        if api_key is not None:
            _set_key(provider, api_key)
        if models is not None:
            provider.models = _priced(models, provider.models)
        provider.save()
        record(
            actor.workspace_id,
            actor.user,
            "provider.update",
            slug,
            base_url=provider.base_url,
            key_changed=api_key is not None,
        )
    return provider


@transaction.atomic
def delete_provider(actor: Actor, slug: str) -> None:
    require(actor, Role.ADMIN)
    provider = provider_by_slug(actor.workspace_id, slug)
    record(actor.workspace_id, actor.user, "provider.delete", slug)
    provider.delete()


def check_provider(actor: Actor, slug: str) -> CheckResult:
    """Ask the server for its models with the stored key. A failure is the result, not an exception."""
    require(actor, Role.EDITOR)
    if slug != endpoints.BUILTIN:
        provider_by_slug(actor.workspace_id, slug)
    started = time.monotonic()
    try:
        endpoint = endpoints.resolve(actor.workspace_id, slug)
        release()  # a server may take its time; the connection is for others meanwhile
        models = egress.run_sync(lambda: catalogue.list_models(endpoint))
    except (ModelError, WeftError) as exc:
        return CheckResult(False, _since(started), error=exc)
    return CheckResult(True, _since(started), models=models)


async def chat_stream(
    workspace_id: UUID,
    request: ChatRequest,
    timeouts: chat.Timeouts = chat.DEFAULT_TIMEOUTS,
    hinting: Hinting | None = None,
) -> AsyncGenerator[ChatChunk, None]:
    """One reply, chunk by chunk. No database connection is held while it streams. Raises ModelError.

    `hinting` is asked when the built-in server answers; no other is told anything of workflows or workspaces.
    """
    endpoint = await call_db(_endpoint, workspace_id, request.provider)
    told = await _told(workspace_id, request, hinting) if endpoint.slug == endpoints.BUILTIN else {}
    async with aclosing(chat.stream_chat(endpoint, request, timeouts, told)) as chunks:
        async for chunk in chunks:
            if chunk.usage is not None:
                await usage.note(_usage(workspace_id, request, chunk))
                cost = endpoint.cost_of(request.model, chunk.usage)
                chunk = structs.replace(chunk, usage=structs.replace(chunk.usage, cost=cost))
            yield chunk


async def embed(workspace_id: UUID, provider: str, model: str, texts: Sequence[str]) -> list[list[float]]:
    """One vector a text. Raises ModelError."""
    endpoint = await call_db(_endpoint, workspace_id, provider)
    return await embeddings.embed(endpoint, model, texts)


async def rerank(workspace_id: UUID, provider: str, model: str, query: str, documents: Sequence[str]) -> list[float]:
    """The relevance of each document to the question, 0 to 1, in their order. Raises ModelError."""
    endpoint = await call_db(_endpoint, workspace_id, provider)
    return await reranking.rerank(endpoint, model, query, documents)


async def _told(workspace_id: UUID, request: ChatRequest, hinting: Hinting | None) -> dict[str, Any]:
    """What the built-in server gets beside the request. Computed beginnings are shared within a workspace only."""
    told: dict[str, Any] = {"cache_salt": str(workspace_id)}
    options = list(dict.fromkeys(request.options))
    if 0 < len(options) <= MAX_OPTIONS and request.model != catalogue.QUOTES:
        told["structured_outputs"] = {"choice": options}
    return told if hinting is None else {**told, "workflow": await hinting(request)}


def _endpoint(workspace_id: UUID, slug: str) -> endpoints.Endpoint:
    try:
        return endpoints.resolve(workspace_id, slug)
    except WeftError as exc:
        raise ModelError(exc.code, exc.message) from exc


def _usage(workspace_id: UUID, request: ChatRequest, chunk: ChatChunk) -> usage.Usage:
    assert chunk.usage is not None
    return usage.Usage(
        workspace_id=str(workspace_id),
        provider=request.provider,
        model=request.model,
        prompt_tokens=chunk.usage.prompt_tokens,
        completion_tokens=chunk.usage.completion_tokens,
        run_id=request.run_id or None,
        node_id=request.node_id,
    )


def _priced(models: Sequence[ModelInfo], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The models to keep. One that comes without prices keeps those it had."""
    known = {each["name"]: each for each in before}
    return [{**known.get(each.name, {}), **each.to_dict()} for each in models]


def _checked_url(base_url: str) -> str:
    """Refused at once where a call would be refused, with the same remedy."""
    try:
        egress.run_sync(lambda: egress.check(base_url))
    except egress.EgressError as exc:
        raise invalid("base_url", exc.message, exc.code) from exc
    return base_url.strip().rstrip("/").removesuffix("/chat/completions")


def _discover(provider: Provider) -> list[ModelInfo]:
    endpoint = endpoints.of(provider)
    release()
    try:
        return egress.run_sync(lambda: catalogue.list_models(endpoint))
    except ModelError:
        return []


def _set_key(provider: Provider, key: str) -> None:
    key = key.strip()
    provider.encrypted_key, provider.key_hint = secrets.encrypt(key), secrets.hint(key)


def _free_slug(workspace_id: UUID, name: str) -> str:
    base = slugify(name)[:50] or "provider"
    taken = set(providers_of(workspace_id).values_list("slug", flat=True)) | {endpoints.BUILTIN}
    numbered = (f"{base}-{number}" for number in range(2, 1000))
    return base if base not in taken else next(each for each in numbered if each not in taken)


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
