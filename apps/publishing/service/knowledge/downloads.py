"""The files behind documents: a signed link that needs no key for a while, many as one ZIP, and what a file is."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from os.path import splitext
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from apps.accounts.services import Actor
from apps.knowledge.models import Document
from apps.publishing.errors import MethodNotAllowed, NotFound, Unauthorized
from apps.publishing.service.http import known, read_json, refusal, with_cors
from apps.publishing.service.knowledge.frame import body_ids, knowledge_view, open_dataset, open_document
from apps.publishing.service.knowledge.shapes.document import upload_shape
from apps.publishing.service.knowledge.shapes.people import owner_id
from weft.db.aio import call_db
from weft.http import storage

SALT = "publishing.document-file"
# As long as Dify's own file links are good for.
LINK_S = 300
MAX_FILES = 100
_PIECE_BYTES = 256 * 1024


def link(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, str]:
    return {"url": url_of(open_document(actor, dataset_id, document_id))}


def upload_file(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    document = open_document(actor, dataset_id, document_id)
    url = url_of(document)
    return upload_shape(document, owner_id(actor.workspace_id)) | {"url": url, "download_url": url}


def url_of(document: Document) -> str:
    return f"{settings.BASE_URL}/v1/files/documents/{signing.dumps(str(document.pk), salt=SALT)}"


async def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file behind a link that is still good. The token is the proof: there is no key to ask for."""
    try:
        if request.method != "GET":
            raise MethodNotAllowed(request.method or "")
        return await call_db(_file, token)
    except Exception as error:
        return refusal(known(error, request))


def _file(token: str) -> StreamingHttpResponse:
    try:
        document_id = signing.loads(token, salt=SALT, max_age=LINK_S)
    except signing.BadSignature as error:
        raise Unauthorized("This link is not valid, or not any more. Ask for a new one.") from error
    document = Document.objects.filter(pk=document_id).first()
    if document is None:
        raise NotFound("File")
    headers = {
        "Content-Disposition": content_disposition_header(True, document.name) or "attachment",
        "Content-Length": str(document.size_bytes),
    }
    return StreamingHttpResponse(_in_threads(_read(_open(document))), content_type=document.mime_type, headers=headers)


def download_zip(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    """All of the named documents or none; streamed, so that no size of them fills the memory."""
    ids = body_ids(read_json(request).get("document_ids"), "document_ids", most=MAX_FILES)
    dataset = open_dataset(actor, dataset_id)
    found = {row.pk: row for row in dataset.documents.filter(pk__in=ids)}
    if len(found) < len(ids):
        raise NotFound("Document")
    for row in found.values():
        _open(row).close()
    headers = {"Content-Disposition": 'attachment; filename="documents.zip"'}
    pieces = _pieces([found[each] for each in ids])
    return StreamingHttpResponse(_in_threads(pieces), content_type="application/zip", headers=headers)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _pieces(documents: Sequence[Document]) -> Iterator[bytes]:
    written = _Written()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in zip(_names(documents), documents, strict=True):
            with archive.open(name, "w", force_zip64=True) as target:
                for piece in _read(_open(document)):
                    target.write(piece)
                    yield written.take()
    yield written.take()


def _names(documents: Sequence[Document]) -> list[str]:
    """A name of its own for each: the second `a.md` is `a (2).md`."""
    names: list[str] = []
    for document in documents:
        stem, extension = splitext(document.name)
        number, name = 1, document.name
        while name in names:
            number += 1
            name = f"{stem} ({number}){extension}"
        names.append(name)
    return names


def _open(document: Document) -> IO[bytes]:
    try:
        return storage.locate(document.path).open("rb")
    except FileNotFoundError as error:
        raise NotFound(f"The file of {document.name}") from error


class _Written:
    """What a ZIP writer has written and nobody has taken yet; it cannot go back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


link_view = knowledge_view(GET=link)
upload_file_view = knowledge_view(GET=upload_file)
download_zip_view = knowledge_view(POST=download_zip)
download_view = with_cors(download)
