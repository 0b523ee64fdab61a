"""A workspace with a dataset key, and the knowledge API asked with it, answered by the real routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from tests.fakes.openai_server import FakeOpenAI, openai_server

if TYPE_CHECKING:
    from apps.knowledge.models import Dataset, Document
    from tests.cast import Cast

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Api:
    """The workspace's datasets seen from outside; `key` opens them, `stranger_key` those of another workspace."""

    cast: Cast
    key: str
    stranger_key: str
    app_key: str

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, query: dict[str, Any] | None = None
    ) -> Any:
        """`path` is below /v1. The answer, whose `json()` is what the client reads."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body)
        return await AsyncClient().generic(
            method, f"/v1{path}", content, content_type="application/json", headers=headers, query_params=query
        )

    async def form(self, method: str, path: str, data: dict[str, Any], *, key: str | None = None) -> Any:
        """A multipart form; files are SimpleUploadedFile values among `data`."""
        from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        content = encode_multipart(BOUNDARY, data)
        return await AsyncClient().generic(
            method, f"/v1{path}", content, content_type=MULTIPART_CONTENT, headers=headers
        )


@pytest.fixture
def server(settings: Settings) -> Iterator[FakeOpenAI]:
    with openai_server() as fake:
        settings.EGRESS_ALLOW = ("127.0.0.1",)
        yield fake


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def api(transactional_db: None, server: FakeOpenAI, files: Path, clean_redis: str, chroma_url: str) -> Api:
    from apps.accounts.services import issue_key
    from apps.studio.models import App
    from tests.cast import make_cast
    from tests.factories import make_provider

    cast = make_cast()
    make_provider(cast.workspace, server.base_url)
    app = App.objects.create(workspace=cast.workspace, name="Help desk", mode="chat")
    keys = [issue_key(who).text for who in (cast.owner, cast.stranger)]
    return Api(cast, keys[0], keys[1], issue_key(cast.owner, app_id=app.pk).text)


@pytest.fixture
def dataset(api: Api) -> Dataset:
    from tests.factories import make_dataset

    return make_dataset(
        api.cast.workspace, name="Handbook", embedding_provider="acme", embedding_model="fake-embedding"
    )


@pytest.fixture
def document(api: Api, dataset: Dataset) -> Document:
    """A document that is ready: two sections of Markdown."""
    return make_document(api, dataset, ("Travel", "Trains are booked early."), ("Food", "Lunch is free."))


def make_document(api: Api, dataset: Dataset, *sections: tuple[str, str]) -> Document:
    """As ingestion leaves it, without the processes that read files."""
    from django.utils import timezone

    from apps.knowledge import embedding, index
    from apps.knowledge.identity import text_hash
    from apps.knowledge.models import Chunk, Document, DocumentText, Source, Stage
    from weft.http import storage

    parts = [f"# {title}\n\n{text}" for title, text in sections]
    text = "\n\n".join(parts)
    stored = storage.save("documents", [text.encode()], name="guide.md", max_bytes=10_000)
    document = Document.objects.create(
        dataset=dataset,
        name="guide.md",
        source=Source.TEXT,
        batch="20260101000000000001",
        size_bytes=stored.size_bytes,
        mime_type="text/markdown",
        path=stored.path,
        sha256=stored.sha256,
        stage=Stage.READY,
        times={stage: timezone.now().isoformat() for stage in ("parsing", "chunking", "embedding", "ready")},
        char_count=len(text),
        done=len(parts),
        total=len(parts),
        chunk_count=len(parts),
        created_by=api.cast.owner.user,
    )
    DocumentText.objects.create(document=document, text=text)
    chunks = [
        Chunk(dataset=dataset, document=document, position=number, content=f"{title}\n\n{body}", headings=[title])
        for number, (title, body) in enumerate(sections)
    ]
    for chunk in chunks:
        chunk.sha256 = text_hash(chunk)
    Chunk.objects.bulk_create(chunks)
    index.put(dataset.pk, chunks)
    assert embedding.embed_now(dataset, chunks)
    return document
