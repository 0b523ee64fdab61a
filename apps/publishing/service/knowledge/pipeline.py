"""Dify's knowledge pipelines: Weft has none, and says so instead of pretending to have run one."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.publishing.service.knowledge.frame import knowledge_view, open_dataset
from weft.http.errors import WeftError

MESSAGE = (
    "Weft has no knowledge pipelines: documents are processed by the settings of their knowledge base. "
    "Add them with POST /v1/datasets/{id}/document/create-by-file or create-by-text."
)


def refuse(request: HttpRequest, actor: Actor, dataset_id: str | None = None, **path: Any) -> NoReturn:
    if dataset_id is not None:
        open_dataset(actor, dataset_id)
    raise WeftError("pipeline_unsupported", MESSAGE, 400)


upload_view = knowledge_view(POST=refuse)
plugins_view = knowledge_view(GET=refuse)
run_view = knowledge_view(POST=refuse)
