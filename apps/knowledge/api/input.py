"""Reading requests: what several views of knowledge take in alike."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from weft.http.errors import invalid


class IdsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000)


def valid(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    checked = serializer(data=request.data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def object_field(request: Request, name: str) -> dict[str, Any] | None:
    """A JSON object in a form's field; None where the field is missing or empty."""
    form: Any = request.data
    text = form.get(name)
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid(name, f"The form field {name} must hold a JSON object.")
    return found
