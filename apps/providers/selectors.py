"""Reading providers and models, always within one workspace."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.providers import catalogue, endpoints
from apps.providers.catalogue import Kind, ModelInfo
from apps.providers.models import Provider
from weft.http.errors import not_found


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that an app of this workspace may name."""

    provider: str
    provider_name: str
    model: ModelInfo


def providers_of(workspace_id: UUID) -> QuerySet[Provider]:
    return Provider.objects.filter(workspace_id=workspace_id)


def provider_by_slug(workspace_id: UUID, slug: str) -> Provider:
    provider = providers_of(workspace_id).filter(slug=slug).first()
    if provider is None:
        raise not_found("provider")
    return provider


def models_of(provider: Provider) -> list[ModelInfo]:
    return [ModelInfo.of(each) for each in provider.models]


def offered_models(workspace_id: UUID, kind: Kind | None = None) -> list[OfferedModel]:
    """Every model of every provider, the built-in server's first."""
    offered = [OfferedModel(endpoints.BUILTIN, "Weft", each) for each in catalogue.builtin_models()]
    for provider in providers_of(workspace_id).order_by("created_at"):
        offered += [OfferedModel(provider.slug, provider.name, each) for each in models_of(provider)]
    return [each for each in offered if kind is None or each.model.kind == kind]
