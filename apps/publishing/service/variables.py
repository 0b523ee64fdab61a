"""/v1/conversations/{id}/variables: what a conversation remembers, as its end user may see and change it."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.conversations import selectors
from apps.conversations.models import Audience, Conversation
from apps.publishing.callers import Caller
from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.service.chat import check_uuid
from apps.publishing.service.http import endpoint, query_int, read_json, text_field
from apps.runs import variables
from apps.runs.errors import InvalidVariable
from apps.runs.models import ConversationVariable
from apps.studio.models import App
from weft.db.aio import call_db
from weft.http.errors import WeftError

NAME = re.compile(r"[A-Za-z0-9._-]+")


async def list_variables(request: HttpRequest, caller: Caller, conversation_id: str) -> HttpResponseBase:
    user = request.GET.get("user", "")
    limit = query_int(request, "limit", default=20, low=1, high=100)
    name = request.GET.get("variable_name", "")
    if name and not NAME.fullmatch(name):
        raise InvalidParam(
            "variable_name may hold letters, digits, dots, dashes and underscores.", field="variable_name"
        )
    last_id = request.GET.get("last_id") or None
    return JsonResponse(await call_db(_list, caller, conversation_id, user, limit, last_id, name))


def _list(
    caller: Caller, conversation_id: str, user: str, limit: int, last_id: str | None, name: str
) -> dict[str, Any]:
    conversation = _own(caller, user, conversation_id)
    rows = variables.variables_of(conversation.pk)
    if name:
        rows = rows.filter(name=name)
    found = list(rows)
    if last_id is not None:
        ids = [str(row.pk) for row in found]
        last = check_uuid(last_id, "last_id")
        if last not in ids:
            raise NotFound("Conversation variable")
        found = found[ids.index(last) + 1 :]
    data = [variable_json(row) for row in found[:limit]]
    return {"limit": limit, "has_more": len(found) > limit, "data": data}


async def update(request: HttpRequest, caller: Caller, conversation_id: str, variable_id: str) -> HttpResponseBase:
    body = read_json(request)
    if "value" not in body:
        raise InvalidParam("Arg value must be provided.", field="value")
    user = text_field(body, "user")
    return JsonResponse(await call_db(_update, caller, conversation_id, variable_id, user, body["value"]))


def _update(caller: Caller, conversation_id: str, variable_id: str, user: str, value: Any) -> dict[str, Any]:
    conversation = _own(caller, user, conversation_id)
    found = variables.variables_of(conversation.pk).filter(pk=check_uuid(variable_id, "variable_id")).first()
    if found is None:
        raise NotFound("Conversation variable")
    try:
        return variable_json(variables.set_value(conversation.pk, found.pk, value))
    except InvalidVariable as error:
        raise WeftError("bad_request", error.message, 400, field="value") from error


def variable_json(row: ConversationVariable) -> dict[str, Any]:
    """Dify hands out every value as text: a string as it is, everything else as JSON."""
    value = variables.value_of(row)
    return {
        "id": str(row.pk),
        "name": row.name,
        "value_type": row.type,
        "value": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
        "description": row.description,
        "created_at": int(row.created_at.timestamp()),
        "updated_at": int(row.updated_at.timestamp()),
    }


def _own(caller: Caller, user: str, conversation_id: str) -> Conversation:
    """This user's conversation."""
    if not user:
        raise InvalidParam("Arg user must be provided.", field="user")
    app = App.objects.get(pk=caller.app_id)
    checked = check_uuid(conversation_id, "conversation_id")
    return selectors.get_conversation(app, audience=Audience.API, end_user=user, conversation_id=checked)


variables_view = endpoint(GET=list_variables)
variable_view = endpoint(PUT=update)
