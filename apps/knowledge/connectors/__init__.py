"""Places whose items are kept as documents: a folder on this machine, pages of the web. One file a kind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from apps.knowledge.connectors import folder, url
from apps.knowledge.connectors.source import AT_ONCE, ConnectorError, Content, Failed, Gone, Item, Source, Unchanged
from weft.http.errors import invalid

__all__ = [
    "AT_ONCE",
    "KINDS",
    "ConnectorError",
    "Content",
    "Failed",
    "Gone",
    "Item",
    "Source",
    "Unchanged",
    "checked_settings",
    "source_of",
]

# The settings of each kind, which make its source.
KINDS: dict[str, type[folder.Folder] | type[url.Url]] = {"folder": folder.Folder, "url": url.Url}


def checked_settings(kind: str, given: dict[str, Any], workspace_id: UUID) -> dict[str, Any]:
    """As they are stored. Raises `connector_setting_invalid`, and what the kind itself refuses."""
    if kind not in KINDS:
        raise invalid("kind", f"There is no connector {kind!r}; there are {', '.join(KINDS)}.", "connector_unknown")
    found = _settings(kind, given)
    try:
        found.check(workspace_id)
    except ConnectorError as exc:
        raise invalid("settings", exc.message, exc.code) from exc
    return found.model_dump(mode="json")


def source_of(kind: str, stored: dict[str, Any], workspace_id: UUID) -> Source:
    return _settings(kind, stored).source(workspace_id)


def _settings(kind: str, given: dict[str, Any]) -> folder.Folder | url.Url:
    model: type[BaseModel] = KINDS[kind]
    try:
        return model.model_validate(given)  # type: ignore[return-value]
    except ValidationError as exc:
        error = exc.errors()[0]
        field = ".".join(["settings", *map(str, error["loc"])])
        raise invalid(field, f"{field}: {error['msg']}.", "connector_setting_invalid") from exc
