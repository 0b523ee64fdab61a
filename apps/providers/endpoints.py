"""A provider as a call needs it: address, key, and where its requests may go. Resolved once a call, then plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from apps.providers import secrets
from apps.providers.models import Provider
from weft.http.errors import WeftError
from workflows.addresses import Policy
from workflows.events import Usage

BUILTIN = "weft"

Prices = tuple[float, float]
"""US dollars for a million tokens: those of the prompt, and those of the reply."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    slug: str
    name: str
    base_url: str
    key: str = field(repr=False)
    policy: Policy
    prices: Mapping[str, Prices] = field(default_factory=dict)

    def cost_of(self, model: str, usage: Usage) -> float:
        """What a call cost in US dollars: as the server told, or by the model's prices; 0 where nobody knows."""
        if usage.cost or model not in self.prices:
            return usage.cost
        into, out = self.prices[model]
        return (usage.prompt_tokens * into + usage.completion_tokens * out) / 1_000_000

    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        return headers | {"Authorization": f"Bearer {self.key}"} if self.key else headers


def resolve(workspace_id: UUID, slug: str) -> Endpoint:
    """The endpoint behind `slug` in this workspace. Raises `model_provider_unknown`. Reads the database."""
    if slug == BUILTIN:
        return builtin()
    provider = Provider.objects.filter(workspace_id=workspace_id, slug=slug).first()
    if provider is None:
        message = f"This workspace has no model provider {slug!r}. Add it under Models, or choose another model."
        raise WeftError("model_provider_unknown", message, 404)
    return of(provider)


def of(provider: Provider) -> Endpoint:
    key = secrets.decrypt(provider.encrypted_key)
    prices = {
        each["name"]: (each.get("input_price") or 0.0, each.get("output_price") or 0.0) for each in provider.models
    }
    policy = Policy.of(settings.EGRESS_ALLOW)
    return Endpoint(provider.slug, provider.name, provider.base_url.rstrip("/"), key, policy, prices)


def builtin() -> Endpoint:
    """Weft's own server: wherever the operator put it, requests to it (and only it) are allowed."""
    if not settings.INFERENCE_URL:
        message = "The built-in model server is not running: start it with `make up`, or set INFERENCE_URL."
        raise WeftError("model_unavailable", message, 503)
    parts = urlsplit(settings.INFERENCE_URL)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    policy = Policy.of([f"{host}:{port}"])
    return Endpoint(BUILTIN, "Weft", settings.INFERENCE_URL.rstrip("/") + "/v1", settings.INFERENCE_TOKEN, policy)
