"""Documents over HTTP: bringing them in, watching and steering them, and their files. Translates; decides nothing.

A document, as `shapes.document_shape` makes it:
{id, dataset_id, name, source: file|text|web|connector, source_url, connector_id, batch, size_bytes, mime_type,
 language, stage, error: {code, message, stage} | null, warnings: [{code, message, page}], progress: 0 to 1, done,
 total: of what `counts` names: parts of the file that are read, then chunks that are embedded; 0 in between, eta_s,
 retry_at: when one is tried again that waits because of `error`, else null,
 stalled: nobody works on it though its stage says so, stopping: paused|cancelled while its worker is asked for that,
 times: {stage: when it began, ready}, page_count, char_count, chunk_count, reused_count, outdated: made with other
 settings than the present ones, processing: its own settings or null, metadata, is_enabled, is_archived, hit_count,
 created_at, updated_at}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import Actor, actor_of
from apps.knowledge import selectors, services
from apps.knowledge.api.input import IdsIn, object_field, valid
from apps.knowledge.models import Document, Stage
from apps.knowledge.shapes import document_shape
from weft.http import storage
from weft.http.errors import invalid, not_found
from weft.http.pagination import paginate

_SAFE_TO_SHOW = ("application/pdf", "image/png", "image/jpeg", "image/webp", "image/gif")
Act = Callable[[Actor, UUID], Document]


class TextDocumentIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=300)
    text = serializers.CharField(trim_whitespace=False)
    processing = serializers.DictField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False)


class TextIn(serializers.Serializer[Any]):
    text = serializers.CharField(trim_whitespace=False)
    name = serializers.CharField(max_length=300, required=False)
    keep_edits = serializers.BooleanField(default=True)


class DocumentIn(serializers.Serializer[Any]):
    """What is given is changed. `metadata` names values to set, null takes one away; other `processing` reads anew."""

    name = serializers.CharField(max_length=300, required=False)
    is_enabled = serializers.BooleanField(required=False)
    is_archived = serializers.BooleanField(required=False)
    metadata = serializers.DictField(required=False)
    processing = serializers.DictField(required=False, allow_null=True)


class DocumentsView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="list_documents",
        parameters=[
            OpenApiParameter("q", str, description="part of the name"),
            OpenApiParameter("stage", str, description="stages, with commas between"),
            OpenApiParameter("archived", bool),
            OpenApiParameter("batch", str),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        rows = selectors.documents_of(dataset).select_related("dataset")
        if text := request.query_params.get("q"):
            rows = rows.filter(name__icontains=text)
        if stages := request.query_params.get("stage"):
            rows = rows.filter(stage__in=_stages(stages))
        if (archived := request.query_params.get("archived")) is not None:
            rows = rows.filter(is_archived=archived == "true")
        if batch := request.query_params.get("batch"):
            rows = rows.filter(batch=batch)
        return Response(paginate(rows, request.query_params).render(document_shape))

    @extend_schema(
        operation_id="upload_documents",
        description="Form fields: `file` (one or more), and JSON in `processing` and `metadata`.",
        responses={201: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        files = request.FILES.getlist("file")
        uploads = [services.Upload(file.name or "", services.Parts(file.chunks)) for file in files]
        processing, metadata = object_field(request, "processing"), object_field(request, "metadata")
        documents = services.add_documents(
            actor_of(request), dataset_id, uploads, processing=processing, metadata=metadata
        )
        return Response({"items": [document_shape(each) for each in documents]}, status=201)


class TextDocumentsView(APIView):
    @extend_schema(operation_id="create_text_document", request=TextDocumentIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        document = services.add_text_document(actor_of(request), dataset_id, **valid(TextDocumentIn, request))
        return Response(document_shape(document), status=201)


class DocumentView(APIView):
    @extend_schema(operation_id="get_document", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(document_shape(selectors.document_by_id(actor_of(request), document_id)))

    @extend_schema(operation_id="update_document", request=DocumentIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, document_id: UUID) -> Response:
        actor, data = actor_of(request), valid(DocumentIn, request)
        dataset_id = selectors.document_by_id(actor, document_id).dataset_id
        if "name" in data:
            services.rename_document(actor, document_id, data["name"])
        if "metadata" in data:
            services.set_metadata(actor, document_id, data["metadata"])
        if "is_enabled" in data:
            services.set_documents_enabled(actor, dataset_id, [document_id], data["is_enabled"])
        if "is_archived" in data:
            services.set_documents_archived(actor, dataset_id, [document_id], data["is_archived"])
        if "processing" in data:
            services.set_processing(actor, document_id, data["processing"])
        return Response(document_shape(selectors.document_by_id(actor, document_id)))

    @extend_schema(operation_id="delete_document", responses={204: None})
    def delete(self, request: Request, document_id: UUID) -> Response:
        services.delete_document(actor_of(request), document_id)
        return Response(status=204)


class DocumentFileView(APIView):
    """The file that the document was made from."""

    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="get_document_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: UUID) -> FileResponse:
        document = selectors.document_by_id(actor_of(request), document_id)
        shown = document.mime_type in _SAFE_TO_SHOW
        try:
            file = storage.locate(document.path).open("rb")
        except FileNotFoundError as exc:
            raise not_found("file") from exc
        answer = FileResponse(
            file,
            as_attachment=not shown,
            filename=document.name,
            content_type=document.mime_type if shown else "application/octet-stream",
        )
        # whatever the file says it is, nothing in it may run as ours
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer

    @extend_schema(
        operation_id="replace_document_file",
        description="Form fields: `file`, and `keep_edits` (true).",
        responses=OpenApiTypes.OBJECT,
    )
    def put(self, request: Request, document_id: UUID) -> Response:
        file = request.FILES.get("file")
        if file is None:
            raise invalid("file", "Choose the file to put in the document's place.", "file_missing")
        upload = services.Upload(file.name or "", services.Parts(file.chunks))
        keep_edits = request.POST.get("keep_edits", "true") != "false"
        document = services.replace_file(actor_of(request), document_id, upload, keep_edits=keep_edits)
        return Response(document_shape(document))


class DocumentTextView(APIView):
    """The text as it was read: chunks say where they stand in it."""

    @extend_schema(operation_id="get_document_text", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, document_id: UUID) -> Response:
        document = selectors.document_by_id(actor_of(request), document_id)
        return Response({"text": selectors.text_of(document)})

    @extend_schema(operation_id="replace_document_text", request=TextIn, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, document_id: UUID) -> Response:
        return Response(document_shape(services.replace_text(actor_of(request), document_id, **valid(TextIn, request))))


class DocumentActionView(APIView):
    """POST documents/<id>/<action>."""

    ACTS: dict[str, Act] = {
        "pause": services.pause_document,
        "resume": services.resume_document,
        "cancel": services.cancel_document,
        "retry": services.retry_document,
        "reprocess": services.reprocess_document,
    }

    @extend_schema(
        operation_id="steer_document",
        request=None,
        parameters=[OpenApiParameter("action", str, OpenApiParameter.PATH, enum=list(ACTS))],
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, document_id: UUID, action: str) -> Response:
        return Response(document_shape(self.ACTS[action](actor_of(request), document_id)))


class DocumentsActionView(APIView):
    """POST datasets/<id>/documents/<action> {ids}: the same for several, and what lists offer besides."""

    parser_classes = [JSONParser]
    ACTIONS = (*DocumentActionView.ACTS, "enable", "disable", "archive", "unarchive", "delete")

    @extend_schema(
        operation_id="steer_documents",
        request=IdsIn,
        parameters=[OpenApiParameter("action", str, OpenApiParameter.PATH, enum=list(ACTIONS))],
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, dataset_id: UUID, action: str) -> Response:
        actor, ids = actor_of(request), valid(IdsIn, request)["ids"]
        if act := DocumentActionView.ACTS.get(action):
            changed = services.act_on_documents(act, actor, dataset_id, ids)
        elif action in ("enable", "disable"):
            changed = services.set_documents_enabled(actor, dataset_id, ids, action == "enable")
        elif action in ("archive", "unarchive"):
            changed = services.set_documents_archived(actor, dataset_id, ids, action == "archive")
        else:
            services.delete_documents(actor, dataset_id, ids)
            changed = []
        return Response({"items": [document_shape(each) for each in changed]})


def _stages(text: str) -> list[str]:
    stages = text.split(",")
    for stage in stages:
        if stage not in Stage.values:
            raise invalid("stage", f"There is no stage {stage!r}; there are {', '.join(Stage.values)}.")
    return stages
