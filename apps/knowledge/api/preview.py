"""The preview over HTTP. Translates; decides nothing.

It answers {chunks: [{kind, content, answer, headings, page, boxes, start, end, parent_index, keywords, units, tokens}],
 counts: {chunks, children, searched, characters, tokens}, sizes: [{from, to, count}] in tokens,
 warnings: [{code, message, page}], is_partial: only the beginning was read, estimate: {chunks, characters, tokens,
 seconds} for all of it, processing: the settings it was made with}
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import preview, services
from apps.knowledge.api.input import valid


class PreviewIn(serializers.Serializer[Any]):
    """One of `text`, `document_id` and, in a form, `file`. `processing` goes over the stored settings."""

    text = serializers.CharField(required=False, trim_whitespace=False, max_length=preview.MAX_TEXT_CHARS)
    name = serializers.CharField(required=False, max_length=300)
    document_id = serializers.UUIDField(required=False)
    processing = serializers.JSONField(required=False, allow_null=True)
    limit = serializers.IntegerField(min_value=1, max_value=preview.MAX_CHUNKS, default=preview.DEFAULT_CHUNKS)

    def validate_processing(self, value: Any) -> Any:
        if value is not None and not isinstance(value, dict):
            raise serializers.ValidationError("It must be a JSON object.")
        return value


class PreviewView(APIView):
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(operation_id="preview_chunks", request=PreviewIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, dataset_id: UUID) -> Response:
        file = request.FILES.get("file")
        data = valid(PreviewIn, request)
        source = preview.Source(
            file=None if file is None else services.Upload(file.name or "", services.Parts(file.chunks)),
            text=data.get("text"),
            document_id=data.get("document_id"),
            name=data.get("name", "text.md"),
        )
        made = preview.preview(
            actor_of(request), dataset_id, source, process=data.get("processing"), limit=data["limit"]
        )
        return Response(made)
