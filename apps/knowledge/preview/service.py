"""The preview: settings over a source, and what its chunks would be. Nothing is stored, and what is read is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.knowledge import chunking, processing
from apps.knowledge.models import Dataset, Document, Stage
from apps.knowledge.preview import figures
from apps.knowledge.preview.source import Source, read
from apps.knowledge.processing import Pairs, Structure
from apps.knowledge.selectors import dataset_by_id, document_by_id
from apps.providers.endpoints import BUILTIN
from weft.db.aio import release
from weft.http.errors import not_found

DEFAULT_CHUNKS, MAX_CHUNKS = 20, 100
MAX_TEXT_CHARS = 1_000_000
# What the built-in embedding model does on two quiet cores, until documents of the dataset tell better.
_TOKENS_A_SECOND = 3_500.0
_CHARS_A_TOKEN = 3.5
_PACE_OF = 20


def preview(
    actor: Actor,
    dataset_id: UUID,
    source: Source,
    *,
    process: Mapping[str, Any] | None = None,
    limit: int = DEFAULT_CHUNKS,
) -> dict[str, Any]:
    """The first `limit` chunks and the figures of all. `process` goes over the document's or the dataset's settings."""
    require(actor, Role.EDITOR)
    source.check()
    dataset = dataset_by_id(actor, dataset_id)
    document = None if source.document_id is None else _document(actor, dataset, source.document_id)
    rules = processing.effective(dataset.processing, None if document is None else document.processing)
    rules = rules if process is None else processing.checked(process, rules)
    pace = _pace(dataset)
    release()
    found = read(source, document)
    made = chunking.chunk(found.blocks, rules)
    warnings = [{"code": each.code, "message": each.message, "page": each.page} for each in found.warnings]
    if not made.chunks and found.blocks and isinstance(rules.chunker, Pairs):
        warnings.append(_without_pairs(rules.chunker))
        made = chunking.chunk(found.blocks, rules.model_copy(update={"chunker": Structure()}))
    sizes = [figures.tokens_of(each) for each in made.chunks if each.kind != "parent"]
    return {
        "chunks": [figures.shape(each) for each in made.chunks[:limit]],
        "counts": figures.counts(made, sizes),
        "sizes": figures.histogram(sizes),
        "warnings": warnings + figures.warnings(made, sizes, dataset.embedding_model),
        "is_partial": found.share < 1.0,
        "estimate": figures.estimate(made, sizes, found.share, pace),
        "processing": rules.model_dump(mode="json"),
    }


def _document(actor: Actor, dataset: Dataset, document_id: UUID) -> Document:
    document = document_by_id(actor, document_id)
    if document.dataset_id != dataset.id:
        raise not_found("document")
    return document


def _without_pairs(rule: Pairs) -> dict[str, Any]:
    if rule.model is not None:
        message = f"It holds no pairs; {rule.model.model} will make some from these passages while it is indexed."
        return figures.warning("pairs_by_model", message)
    message = (
        "It holds no questions with answers: no table with two such columns, and no marks such as Q: and A:. "
        "Choose a model that makes pairs, or another chunker. Shown is how the text would be cut otherwise."
    )
    return figures.warning("pairs_missing", message)


def _pace(dataset: Dataset) -> float | None:
    """Tokens a second that embedding takes: of the dataset's last documents, else the built-in model's usual one."""
    rows = Document.objects.filter(dataset=dataset, stage=Stage.READY, reused_count=0, char_count__gt=2_000)
    tokens = seconds = 0.0
    for times, chars in rows.order_by("-updated_at").values_list("times", "char_count")[:_PACE_OF]:
        if "embedding" in times and "ready" in times:
            took = datetime.fromisoformat(times["ready"]) - datetime.fromisoformat(times["embedding"])
            tokens, seconds = tokens + chars / _CHARS_A_TOKEN, seconds + took.total_seconds()
    if seconds > 0:
        return tokens / seconds
    return _TOKENS_A_SECOND if dataset.embedding_provider == BUILTIN else None
