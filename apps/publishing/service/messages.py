"""/v1/messages, /v1/conversations and feedback: everything an end user has said and heard. Scoped by app and `user`."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from apps.conversations import selectors, services
from apps.conversations.errors import MessageNotFound
from apps.conversations.models import Audience, Conversation, Message
from apps.publishing.callers import Caller
from apps.publishing.errors import InvalidParam
from apps.publishing.service.chat import check_uuid
from apps.publishing.service.dify_waits import form_body
from apps.publishing.service.http import endpoint, query_int, read_json, text_field
from apps.runs.forms import is_for_web
from apps.runs.models import Status
from apps.runs.selectors import open_waits
from apps.studio.models import App
from weft.db.aio import call_db

# A tuple: whatever JSON value is sent can be looked for in it.
RATINGS = ("like", "dislike", None)
ORDERS = {"created_at", "-created_at", "updated_at", "-updated_at"}


def _app(caller: Caller) -> App:
    return App.objects.get(pk=caller.app_id)


def _user_of(request: HttpRequest, body: dict[str, Any]) -> str:
    user = request.GET.get("user") or text_field(body, "user")
    if not user:
        raise InvalidParam("Arg user must be provided.", field="user")
    return user


def _body(request: HttpRequest) -> dict[str, Any]:
    return read_json(request) if request.body and request.method != "GET" else {}


async def list_conversations(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    user = _user_of(request, {})
    limit = query_int(request, "limit", default=20, low=1, high=100)
    last_id = request.GET.get("last_id") or None
    order = request.GET.get("sort_by") or "-updated_at"
    if order not in ORDERS:
        raise InvalidParam(f"sort_by must be one of {', '.join(sorted(ORDERS))}.", field="sort_by")
    return JsonResponse(await call_db(_conversations, caller, user, limit, last_id, order))


def _conversations(caller: Caller, user: str, limit: int, last_id: str | None, order: str) -> dict[str, Any]:
    column, side = order.lstrip("-"), "lt" if order.startswith("-") else "gt"
    rows = selectors.conversations_of(_app(caller), audience=Audience.API, end_user=user)
    rows = rows.order_by(order, "-pk" if side == "lt" else "pk")
    if last_id is not None:
        last = selectors.get_conversation(
            _app(caller), audience=Audience.API, end_user=user, conversation_id=check_uuid(last_id, "last_id")
        )
        at = getattr(last, column)
        rows = rows.filter(Q(**{f"{column}__{side}": at}) | Q(**{column: at, f"pk__{side}": last.pk}))
    page = list(rows[: limit + 1])
    return {"limit": limit, "has_more": len(page) > limit, "data": [_conversation(row) for row in page[:limit]]}


def _conversation(row: Conversation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "inputs": row.inputs,
        "status": "normal",
        "introduction": "",
        "created_at": int(row.created_at.timestamp()),
        "updated_at": int(row.updated_at.timestamp()),
    }


async def list_messages(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    user = _user_of(request, {})
    limit = query_int(request, "limit", default=20, low=1, high=100)
    conversation_id = request.GET.get("conversation_id") or ""
    first_id = request.GET.get("first_id") or None
    if not conversation_id:
        raise InvalidParam("Arg conversation_id must be provided.", field="conversation_id")
    check_uuid(conversation_id, "conversation_id")
    return JsonResponse(await call_db(_messages, caller, user, conversation_id, limit, first_id))


def _messages(caller: Caller, user: str, conversation_id: str, limit: int, first_id: str | None) -> dict[str, Any]:
    app = _app(caller)
    conversation = selectors.get_conversation(
        app, audience=Audience.API, end_user=user, conversation_id=conversation_id
    )
    rows = selectors.messages_of(conversation)
    if first_id is not None:
        first = selectors.get_message(
            app, audience=Audience.API, end_user=user, message_id=check_uuid(first_id, "first_id")
        )
        if first.conversation_id != conversation.pk:
            raise MessageNotFound
        rows = rows.filter(position__lt=first.position)
    page = list(rows.reverse()[: limit + 1])
    return {
        "limit": limit,
        "has_more": len(page) > limit,
        "data": [message_json(row, caller) for row in reversed(page[:limit])],
    }


def message_json(row: Message, caller: Caller) -> dict[str, Any]:
    feedback = getattr(row, "feedback", None)
    return {
        "id": str(row.pk),
        "conversation_id": str(row.conversation_id),
        "parent_message_id": None,
        "inputs": row.inputs,
        "query": row.query,
        "answer": row.answer,
        "status": "error" if row.status == "failed" else "normal",
        "error": (row.error or {}).get("message"),
        "message_files": [],
        "feedback": {"rating": feedback.rating} if feedback else None,
        "retriever_resources": row.citations if caller.shows_sources else [],
        "agent_thoughts": [],
        "extra_contents": _forms(row),
        "created_at": int(row.created_at.timestamp()),
    }


def _forms(row: Message) -> list[dict[str, Any]]:
    """The forms that the run of this message waits for."""
    if row.run.status != Status.PAUSED:
        return []
    waits = [wait for wait in open_waits(row.run).filter(type="form") if is_for_web(wait.facts)]
    return [
        {
            "type": "human_input",
            "workflow_run_id": str(row.run_id),
            "submitted": False,
            "form_definition": {**form_body(wait.facts), "node_id": wait.node_id, "form_token": wait.token},
        }
        for wait in waits
    ]


async def rename(request: HttpRequest, caller: Caller, conversation_id: str) -> HttpResponseBase:
    body = _body(request)
    name = text_field(body, "name").strip()
    if not name and not body.get("auto_generate"):
        raise InvalidParam("Arg name must be provided unless auto_generate is true.", field="name")
    return JsonResponse(await call_db(_rename, caller, _user_of(request, body), conversation_id, name))


def _rename(caller: Caller, user: str, conversation_id: str, name: str) -> dict[str, Any]:
    conversation = _own(caller, user, conversation_id)
    first = conversation.messages.order_by("position").first()
    return _conversation(
        services.rename_conversation(conversation, name=name or services.name_from(first.query if first else ""))
    )


def _own(caller: Caller, user: str, conversation_id: str) -> Conversation:
    return selectors.get_conversation(
        _app(caller),
        audience=Audience.API,
        end_user=user,
        conversation_id=check_uuid(conversation_id, "conversation_id"),
    )


async def delete(request: HttpRequest, caller: Caller, conversation_id: str) -> HttpResponseBase:
    user = _user_of(request, _body(request))
    await call_db(lambda: services.delete_conversation(_own(caller, user, conversation_id)))
    return HttpResponse(status=204)


async def feedback(request: HttpRequest, caller: Caller, message_id: str) -> HttpResponseBase:
    body = _body(request)
    rating = body.get("rating")
    if rating not in RATINGS:
        raise InvalidParam("rating must be like, dislike or null.", field="rating")
    user = _user_of(request, body)
    await call_db(_rate, caller, user, check_uuid(message_id, "message_id"), rating, text_field(body, "content"))
    return JsonResponse({"result": "success"})


def _rate(caller: Caller, user: str, message_id: str, rating: str | None, content: str) -> None:
    message = selectors.get_message(_app(caller), audience=Audience.API, end_user=user, message_id=message_id)
    services.rate_message(message, rating=rating, content=content)


conversations_view = endpoint(GET=list_conversations)
conversation_view = endpoint(DELETE=delete, PATCH=rename)
rename_view = endpoint(POST=rename)
messages_view = endpoint(GET=list_messages)
feedback_view = endpoint(POST=feedback)
