from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.knowledge.models import Chunk, Dataset, Document, DocumentText, Stage
from apps.knowledge.preview import figures, source
from apps.knowledge.preview.windows import window_of
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http import storage

TEXT = "# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free. Dinner is not."


@pytest.fixture
def minilm(cast: Cast, files: Any, transactional_db: None) -> Dataset:
    return make_dataset(cast.workspace, embedding_model="all-MiniLM-L6-v2")


def make_document(dataset: Dataset, **over: Any) -> Document:
    facts = {"name": "guide.md", "size_bytes": 1, "mime_type": "text/markdown", "path": "", "sha256": "0" * 64}
    return Document.objects.create(dataset=dataset, **{**facts, **over})


def ask(cast: Cast, dataset: Dataset, body: Any, who: str = "editor") -> Any:
    return cast.call(who, "POST", f"/datasets/{dataset.id}/preview", body)


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Dataset, Document, DocumentText, Chunk))


def contents(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["content"] for each in answer.json()["chunks"]]


def test_a_text_is_cut_and_nothing_is_stored(cast: Cast, minilm: Dataset) -> None:
    before = rows()

    body = ask(cast, minilm, {"text": TEXT}).json()

    assert body == {
        "chunks": [
            {
                "kind": "passage", "content": "Travel\n\nTrains are booked early.", "start": 0, "end": 32,
                "headings": ["Travel"], "page": None, "boxes": [], "answer": "", "parent_index": None, "keywords": [],
                "units": 32, "tokens": 10,
            },
            {
                "kind": "passage", "content": "Food\n\nLunch is free. Dinner is not.", "start": 34, "end": 69,
                "headings": ["Food"], "page": None, "boxes": [], "answer": "", "parent_index": None, "keywords": [],
                "units": 35, "tokens": 11,
            },
        ],
        "counts": {"chunks": 2, "children": 0, "searched": 2, "characters": 69, "tokens": 21},
        "sizes": [
            {"from": low, "to": high, "count": 2 if low == 0 else 0}
            for low, high in [
                (0, 32), (32, 64), (64, 128), (128, 192), (192, 256), (256, 384), (384, 512), (512, 1024), (1024, None),
            ]
        ],
        "warnings": [],
        "is_partial": False,
        "estimate": {"chunks": 2, "characters": 69, "tokens": 21, "seconds": 1},
        "processing": body["processing"],
    }  # fmt: skip
    assert body["processing"]["chunker"] == {"mode": "structure", "size": 1000}
    assert rows() == before


def test_settings_that_are_given_go_over_the_stored_ones(cast: Cast, minilm: Dataset) -> None:
    minilm.processing = {"chunker": {"mode": "separator", "separator": "\n\n"}}
    minilm.save()

    assert contents(ask(cast, minilm, {"text": TEXT})) == [
        "Travel", "Trains are booked early.", "Food", "Lunch is free. Dinner is not.",
    ]  # fmt: skip
    assert len(contents(ask(cast, minilm, {"text": TEXT, "processing": {"chunker": {"mode": "full"}}}))) == 1
    assert len(contents(ask(cast, minilm, {"text": TEXT, "limit": 3}))) == 3


def test_a_file_is_read_by_its_parser(cast: Cast, minilm: Dataset) -> None:
    csv = SimpleUploadedFile("limits.csv", b"city,limit\nRome,30\nOslo,50\n")
    form = {"file": csv, "processing": json.dumps({"chunker": {"mode": "structure"}})}

    answer = cast.client("editor").post(f"/api/v1/datasets/{minilm.id}/preview", form)

    assert contents(answer) == ["city | limit\nRome | 30\nOslo | 50"]


def test_a_document_is_cut_by_its_own_settings(cast: Cast, minilm: Dataset) -> None:
    stored = storage.save("documents", [TEXT.encode()], name="guide.md", max_bytes=1000)
    document = make_document(minilm, name="guide.md", path=stored.path, processing={"chunker": {"mode": "full"}})

    assert len(contents(ask(cast, minilm, {"document_id": str(document.id)}))) == 1

    other = make_dataset(cast.workspace)
    assert ask(cast, other, {"document_id": str(document.id)}).status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "preview_source_unclear", "file"),
        ({"text": "a", "document_id": "6f5c24d1-7c39-4d0e-8f0c-7a0b6f3c1a11"}, "preview_source_unclear", "file"),
        ({"text": "a", "processing": {"chunker": {"mode": "magic"}}}, "processing_setting_invalid", "chunker"),
        ({"text": "a", "processing": [1]}, "invalid", "processing"),
        ({"text": "a", "limit": 1000}, "invalid", "limit"),
    ],
)
def test_what_is_wrong_is_refused(cast: Cast, minilm: Dataset, body: Any, code: str, field: str) -> None:
    answer = ask(cast, minilm, body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


def test_a_broken_file_says_why(cast: Cast, minilm: Dataset) -> None:
    form = {"file": SimpleUploadedFile("broken.pdf", b"%PDF-1.4 and nothing else")}

    answer = cast.client("editor").post(f"/api/v1/datasets/{minilm.id}/preview", form)

    assert (answer.status_code, answer.json()["field"]) == (422, "file")
    assert answer.json()["code"].startswith("parse_")
    assert answer.json()["message"].startswith("broken.pdf: ")


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("editor", 200), ("viewer", 403), ("stranger", 404), ("nobody", 401)]
)
def test_who_may_preview(cast: Cast, minilm: Dataset, who: str, status: int) -> None:
    assert ask(cast, minilm, {"text": "a"}, who).status_code == status


def test_a_text_without_pairs_is_shown_as_passages_with_a_warning(cast: Cast, minilm: Dataset) -> None:
    qa = {"mode": "qa", "model": {"provider": "acme", "model": "large"}}

    asked = ask(cast, minilm, {"text": "No pairs here.", "processing": {"chunker": qa}}).json()
    missing = ask(cast, minilm, {"text": "No pairs here.", "processing": {"chunker": {"mode": "qa"}}}).json()

    assert [each["code"] for each in asked["warnings"]] == ["pairs_by_model"]
    assert [each["code"] for each in missing["warnings"]] == ["pairs_missing"]
    assert [each["content"] for each in missing["chunks"]] == ["No pairs here."]


def test_a_long_text_is_read_as_far_as_needed_and_the_rest_estimated(
    cast: Cast, minilm: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_MAX_CHARS", 5_000)
    text = "\n\n".join(f"This is paragraph number {n:04} of a very long text." for n in range(400))

    body = ask(cast, minilm, {"text": text}).json()

    assert body["is_partial"] is True
    assert 5_000 <= body["counts"]["characters"] < 5_500
    assert body["estimate"]["characters"] == pytest.approx(len(text), rel=0.03)


def test_the_pace_is_that_of_the_datasets_own_documents(cast: Cast, minilm: Dataset) -> None:
    now = timezone.now()
    times = {"embedding": (now - timedelta(seconds=100)).isoformat(), "ready": now.isoformat()}
    make_document(minilm, stage=Stage.READY, char_count=3_500, times=times)

    # 1,000 tokens took 100 s
    body = ask(cast, minilm, {"text": "word " * 8_000}).json()

    assert body["estimate"]["seconds"] == pytest.approx(body["estimate"]["tokens"] / 10, rel=0.02)


def test_chunks_that_the_model_does_not_read_to_the_end_are_named(cast: Cast, minilm: Dataset) -> None:
    text = "。".join(f"第{n}句话" for n in range(500))

    body = ask(cast, minilm, {"text": text, "processing": {"chunker": {"mode": "full"}}}).json()

    assert [each["code"] for each in body["warnings"]] == ["chunks_beyond_window"]
    assert "the 256 tokens that all-MiniLM-L6-v2 reads" in body["warnings"][0]["message"]


def test_tiny_and_repeated_chunks_are_named(cast: Cast, minilm: Dataset) -> None:
    separator = {"chunker": {"mode": "separator", "separator": "\n"}}

    body = ask(cast, minilm, {"text": "\n".join(["Yes.", "No."] * 5), "processing": separator, "name": "a.txt"}).json()

    assert [each["code"] for each in body["warnings"]] == ["chunks_tiny", "chunks_repeated"]
    empty = ask(cast, minilm, {"text": "```\n```"}).json()
    assert [each["code"] for each in empty["warnings"]] == ["no_chunks"]


def test_the_histogram_has_every_chunk_once() -> None:
    sizes = [0, 31, 32, 255, 256, 5000]
    assert {(bar["from"], bar["to"]): bar["count"] for bar in figures.histogram(sizes) if bar["count"]} == {
        (0, 32): 2, (32, 64): 1, (192, 256): 1, (256, 384): 1, (1024, None): 1,
    }  # fmt: skip


def test_windows_of_models() -> None:
    assert window_of("sentence-transformers/all-MiniLM-L6-v2") == 256
    assert window_of("BAAI/bge-m3") == 8192
    assert window_of("bge-small-zh-v1.5") == 512
    assert window_of("something-else") is None
