"""Who calls from outside: the app a key or a site code opens, as plain data with no row behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.accounts.services import Actor
from apps.publishing.errors import NotPublished, Unauthorized
from apps.studio.models import App, Version

WRONG_KEY = "Access token is invalid. Create a key for this app under Access in Weft and send it as Bearer token."


@dataclass(frozen=True, slots=True)
class Caller:
    """The app that is called, and its live version."""

    app_id: str
    workspace_id: str
    name: str
    description: str
    mode: str
    version_id: str
    version_number: int
    document: dict[str, Any]

    @property
    def app_uuid(self) -> UUID:
        return UUID(self.app_id)

    @property
    def workspace_uuid(self) -> UUID:
        return UUID(self.workspace_id)

    @property
    def start_variables(self) -> list[dict[str, Any]]:
        starts = [node for node in self.document["nodes"] if node["kind"] == "start"]
        return list(starts[0]["config"].get("variables", [])) if starts else []

    @property
    def answers_in_text(self) -> bool:
        """Whether what a run says is all that it gives back: a chat's answer, or a workflow's only output, a text."""
        if self.mode == "chat":
            return True
        ends = [node for node in self.document["nodes"] if node["kind"] == "end"]
        selectors = [output.get("selector") or [] for end in ends for output in end["config"].get("outputs", [])]
        return [selector[1:] for selector in selectors] == [["text"]]

    @property
    def features(self) -> dict[str, Any]:
        return dict(self.document.get("features") or {})

    @property
    def shows_sources(self) -> bool:
        """Whether callers are told which passages an answer stands on."""
        return bool(self.features.get("citations", True))

    @property
    def node_titles(self) -> dict[str, str]:
        return {node["id"]: node.get("title") or node["id"] for node in self.document["nodes"]}


def bearer_of(header: str) -> str:
    """The key in an Authorization header; the scheme's case does not matter."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Authorization header must be provided and start with 'Bearer'")
    return token.strip()


def caller_by_key(key: str) -> Caller:
    """The app that `key` opens. Raises Unauthorized, or NotPublished while there is no live version."""
    found = accounts.verify_key(key)
    if found is None or found.scope != "app":
        raise Unauthorized(WRONG_KEY)
    app = App.objects.select_related("live_version").filter(pk=found.app_id, deleted_at=None).first()
    if app is None:
        raise Unauthorized(WRONG_KEY)
    return caller_of(app)


def workspace_by_key(key: str) -> Actor:
    """Who acts for a dataset key: the workspace itself. Raises Unauthorized, also for an app key."""
    found = accounts.verify_key(key)
    if found is None or found.scope != "dataset":
        raise Unauthorized("Access token is invalid. Create a knowledge key under Settings in Weft.")
    return accounts.workspace_actor(found.workspace, Role.EDITOR)


def caller_of(app: App) -> Caller:
    version: Version | None = app.live_version
    if version is None:
        raise NotPublished
    return Caller(
        app_id=str(app.pk),
        workspace_id=str(app.workspace_id),
        name=app.name,
        description=app.description,
        mode=app.mode,
        version_id=str(version.pk),
        version_number=version.number,
        document=version.document,
    )
