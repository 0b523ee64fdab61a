"""Texts and files that become documents, or take the place of what a document was.

The settings of the first document become its dataset's, as Dify keeps them there; a later document that is told to be
processed otherwise has settings of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import services
from apps.knowledge.models import Dataset, Document
from apps.knowledge.processing import read
from apps.knowledge.services import Upload
from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.service.http import read_json, text_field
from apps.publishing.service.knowledge import options, rules
from apps.publishing.service.knowledge.forms import one_file, read_form
from apps.publishing.service.knowledge.frame import body_id, knowledge_view, open_dataset, open_document
from apps.publishing.service.knowledge.shapes.document import document_shape
from weft.http.errors import WeftError

MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    text: str


Content = Text | Upload


def create_by_text(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    dataset = _own(open_dataset(actor, dataset_id))
    body = read_json(request)
    content = Text(_name(body, required=True), text_field(body, "text", required=True))
    return _done(_create(actor, dataset, content, body))


def create_by_file(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    dataset = _own(open_dataset(actor, dataset_id))
    body, file = read_form(request)
    return _done(_create(actor, dataset, one_file(file), body))


def update_by_text(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    """A name alone renames; settings alone have what is there read anew."""
    body = read_json(request)
    document = changeable(open_document(actor, dataset_id, document_id))
    text = text_field(body, "text")
    return _done(_update(actor, document, Text(_name(body, required=True), text) if text else None, body))


def update_by_file(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    body, file = read_form(request)
    return _done(_update(actor, changeable(open_document(actor, dataset_id, document_id)), file, body))


def changeable(document: Document) -> Document:
    if document.is_archived:
        message = "The archived document is not editable. Un-archive it first."
        raise WeftError("archived_document_immutable", message, 403)
    return document


def _own(dataset: Dataset) -> Dataset:
    if dataset.external_service_id is not None:
        message = f"{dataset.name} is an external knowledge base: its documents lie with the service that it asks."
        raise InvalidParam(message, field="dataset_id")
    return dataset


def _create(actor: Actor, dataset: Dataset, content: Content, body: dict[str, Any]) -> Document:
    """A new document, or the content of the one that `original_document_id` names."""
    if not body.get("original_document_id"):
        return _add(actor, dataset, content, body)
    original = dataset.documents.filter(pk=body_id(body["original_document_id"], "original_document_id")).first()
    if original is None:
        raise NotFound("Document")
    return _update(actor, changeable(original), content, body)


@transaction.atomic
def _add(actor: Actor, dataset: Dataset, content: Content, body: dict[str, Any]) -> Document:
    wanted = rules.processing_of(body)
    own = None
    if not dataset.documents.exists():
        options.begin(actor, dataset, body, wanted)
    elif wanted is not None and wanted != read(dataset.processing):
        own = wanted.model_dump(mode="json")
    try:
        if isinstance(content, Text):
            return services.add_text_document(actor, dataset.pk, name=content.name, text=content.text, processing=own)
        return services.add_documents(actor, dataset.pk, [content], processing=own)[0]
    except WeftError as error:
        raise _as_dify(error) from error


@transaction.atomic
def _update(actor: Actor, document: Document, content: Content | None, body: dict[str, Any]) -> Document:
    wanted, name = rules.processing_of(body), _name(body)
    try:
        if isinstance(content, Text):
            document = services.replace_text(actor, document.pk, text=content.text, name=content.name)
        else:
            if content is not None:
                document = services.replace_file(actor, document.pk, content)
            if name:
                document = services.rename_document(actor, document.pk, name)
        if wanted is not None:
            own = None if wanted == read(document.dataset.processing) else wanted.model_dump(mode="json")
            document = services.set_processing(actor, document.pk, own)
    except WeftError as error:
        raise _as_dify(error) from error
    return document


def _done(document: Document) -> dict[str, Any]:
    return {"document": document_shape(document), "batch": document.batch or str(document.pk)}


def _name(body: dict[str, Any], *, required: bool = False) -> str:
    name = text_field(body, "name", required=required)
    if len(name) > MAX_NAME:
        raise InvalidParam(f"The name of a document has at most {MAX_NAME} characters.", field="name")
    return name


def _as_dify(error: WeftError) -> WeftError:
    if error.code != "file_type_unsupported":
        return error
    return WeftError("unsupported_file_type", error.message, 415)


create_by_text_view = knowledge_view(POST=create_by_text)
create_by_file_view = knowledge_view(POST=create_by_file)
update_by_text_view = knowledge_view(POST=update_by_text)
update_by_file_view = knowledge_view(POST=update_by_file)
