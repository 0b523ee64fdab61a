"""POST /v1/files/upload: a file for a later run, by the same `user`."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile as Upload
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.publishing.callers import Caller
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import endpoint
from apps.runs import files
from apps.runs.models import Source, UploadedFile
from weft.db.aio import call_db
from weft.http.errors import WeftError


async def upload(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    return JsonResponse(await call_db(_upload, request, caller), status=201)


def _upload(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    given = request.FILES.getlist("file")
    if not given:
        raise WeftError("no_file_uploaded", "Please upload your file in the form field `file`.", 400)
    if len(given) > 1 or len(request.FILES) > 1:
        raise WeftError("too_many_files", "Only one file is allowed per upload.", 400)
    user = request.POST.get("user", "")
    if not user:
        raise InvalidParam("Arg user must be provided.", field="user")
    (file,) = given
    return _file_json(_store(caller, file, user), user)


def _store(caller: Caller, file: Upload, user: str) -> UploadedFile:
    by = files.EndUser(caller.app_uuid, Source.API, user)
    return files.upload(caller.workspace_uuid, name=file.name or "", parts=file.chunks, by=by)


def _file_json(row: UploadedFile, user: str) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "size": row.size_bytes,
        "extension": row.name.rpartition(".")[2].lower() if "." in row.name else "",
        "mime_type": row.mime_type,
        "created_by": user,
        "created_at": int(row.created_at.timestamp()),
    }


upload_view = endpoint(POST=upload)
