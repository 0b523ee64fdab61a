"""Multipart forms with one file and, in `data`, a JSON text of options."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict

from apps.knowledge.services import Parts, Upload
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import read_json
from weft.db.text import storable
from weft.http.errors import WeftError


def read_form(request: HttpRequest) -> tuple[dict[str, Any], Upload | None]:
    """The options and the file of the form; None where it has no file. JSON is options alone. Raises WeftError."""
    if request.content_type == "application/json":
        return read_json(request), None
    fields, files = _parsed(request)
    try:
        options = storable(json.loads(fields.get("data") or "{}"))
    except (ValueError, RecursionError) as error:
        raise InvalidParam("The form field data must be JSON.", field="data") from error
    if not isinstance(options, dict):
        raise InvalidParam("The form field data must be a JSON object.", field="data")
    return options, _only(files)


def one_file(file: Upload | None) -> Upload:
    if file is None:
        raise WeftError("no_file_uploaded", "Please upload your file in the form field `file`.", 400)
    return file


def _parsed(request: HttpRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]:
    """Django reads forms of POST by itself; those of PATCH are read here in the same way."""
    try:
        if request.method == "POST":
            return request.POST, request.FILES
        return request.parse_file_upload(request.META, request)
    except MultiPartParserError as error:
        raise InvalidParam(f"The body is no multipart form: {error}.") from error


def _only(files: MultiValueDict[str, UploadedFile[Any]]) -> Upload | None:
    given = [file for name in files for file in files.getlist(name)]
    if len(given) > 1:
        raise WeftError("too_many_files", "Only one file is allowed per upload.", 400)
    if not given:
        return None
    (file,) = given
    if "file" not in files:
        raise WeftError("no_file_uploaded", "Please upload your file in the form field `file`.", 400)
    if not file.name:
        raise WeftError("filename_not_exists_error", "The file has no name; its name says how it is read.", 400)
    return Upload(file.name, Parts(file.chunks))
