"""What the public chat page calls: /api/public/sites/{code}. No login, no cookie; the visitor's token is in a header.

Nothing here shows what a node received or produced, only what the app's page needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.conversations import selectors, services
from apps.conversations.citations import CitationFold
from apps.conversations.models import Audience, Message
from apps.conversations.services import Question
from apps.publishing import sites, turns
from apps.publishing.errors import InvalidParam, MethodNotAllowed, NotFound, Unauthorized
from apps.publishing.service.chat import check_uuid
from apps.publishing.service.dify_events import PAUSED, TERMINAL
from apps.publishing.service.http import known, list_field, object_field, read_json, refusal, text_field, with_cors
from apps.publishing.service.messages import RATINGS
from apps.publishing.service.sse import COMMENT_PING, data_frame, event_stream, last_event_id
from apps.publishing.sites import PublicSite
from apps.runs import files, forms
from apps.runs import services as runs
from apps.runs.models import Run, Source, Status
from apps.runs.selectors import open_waits
from apps.runs.streams import REWOUND, tail_run, went_on
from apps.runs.waits import token_of
from apps.studio.models import App
from weft.db.aio import call_db

Handler = Callable[..., Awaitable[HttpResponseBase]]
# What a visitor is told of a failed run; the owner reads the cause in the run's log.
PUBLIC_FAULT = "The app could not answer this. Whoever runs it finds the cause in the run's log."
PUBLIC_FAULTS = {
    "model_rate_limited": "Too many questions are being asked at once. Try again in a moment.",
    "model_timeout": "The answer took too long. Try again.",
    "model_unavailable": "The model cannot be reached now. Try again in a moment.",
}
HISTORY_MESSAGES = 200
ENDED = TERMINAL - {PAUSED}
PRIVATE = frozenset({"node_delta", "node_intent", "node_step"})
# Numbers that a page tells of its steps. Other facts may hold addresses, what a program printed, what a model said.
PUBLIC_FACTS = ("passages", "documents", "status_code")


def site_endpoint(*, needs_visitor: bool = True, **by_method: Handler) -> Callable[..., Awaitable[HttpResponseBase]]:
    async def answer(request: HttpRequest, code: str, **path: Any) -> HttpResponseBase:
        handler = by_method.get(request.method or "")
        try:
            if handler is None:
                raise MethodNotAllowed(request.method or "")
            site = await call_db(sites.public_site, code)
            visitor = sites.visitor_of(request.headers.get("X-Weft-Visitor", ""))
            if visitor is None and needs_visitor:
                raise Unauthorized("The page's visitor token is missing or not valid. Reload the page.")
            return await handler(request, site, visitor, **path)
        except Exception as error:
            return refusal(known(error, request))

    return with_cors(answer)


async def show(request: HttpRequest, site: PublicSite, visitor: str | None) -> HttpResponseBase:
    token = request.headers.get("X-Weft-Visitor", "") if visitor else sites.new_visitor()
    return JsonResponse(site.to_json() | {"visitor": token}, json_dumps_params={"ensure_ascii": False})


async def ask(request: HttpRequest, site: PublicSite, visitor: str) -> HttpResponseBase:
    body = read_json(request)
    inputs = object_field(body, "inputs")
    if site.caller.mode == "workflow":
        run_id = await call_db(
            turns.begin_run,
            site.caller,
            inputs=inputs,
            end_user=visitor,
            source=Source.CHAT,
            files=list_field(body, "files"),
        )
        return _follow(site, run_id, 0, first={"type": "message_started", "run_id": run_id})
    question = Question(
        query=text_field(body, "query", required=True),
        inputs=inputs,
        end_user=visitor,
        conversation_id=_conversation_id(text_field(body, "conversation_id")),
        files=list_field(body, "files"),
    )
    turn = await call_db(turns.begin_turn, site.caller, question, audience=Audience.SITE, source=Source.CHAT)
    ids = {"run_id": turn.run_id, "message_id": turn.message_id, "conversation_id": turn.conversation_id}
    return _follow(site, turn.run_id, 0, first={"type": "message_started", **ids}, ids=ids)


def _follow(
    site: PublicSite, run_id: str, after: int, *, first: dict[str, Any] | None = None, ids: dict[str, str] | None = None
) -> HttpResponseBase:
    return event_stream(_frames(site, run_id, after, first, ids or {"run_id": run_id}), ping=COMMENT_PING)


async def _frames(
    site: PublicSite, run_id: str, after: int, first: dict[str, Any] | None, ids: dict[str, str]
) -> AsyncIterator[bytes]:
    """Web-safe events with `seq` as the cursor, then `message_end` with the citations, or `message_paused`.

    A `rewound` takes the cursor back: the page forgets what it has seen after that `seq`.
    """
    if first is not None:
        yield data_frame(first)
    cited = CitationFold()
    # Citations need the whole log; a reconnecting reader is sent only what it lacks.
    async for event in tail_run(run_id, 0, seen=after):
        cited.feed(event)
        if event["type"] == REWOUND:
            after = event["seq"] - 1
        if event["seq"] > after and event["type"] not in PRIVATE:
            yield data_frame(web_safe(event, run_id, site.caller.node_titles), id=event["seq"])
        if event["type"] == PAUSED and event["seq"] > after and not await went_on(run_id, event["seq"]):
            yield data_frame({"type": "message_paused", **ids})
            return
        if event["type"] in ENDED:
            sources = cited.citations(event.get("answer") or "") if site.caller.shows_sources else []
            yield data_frame({"type": "message_end", **ids, "citations": sources})
            return


def web_safe(event: dict[str, Any], run_id: str, titles: Mapping[str, str]) -> dict[str, Any]:
    """The event without what the app's owner keeps private: inputs and outputs of nodes, causes of their failures.

    Forms for the app's own page are shown whole: they are made for its visitor.
    """
    kept = {"type", "seq", "at", "node_id", "frame", "kind", "attempt", "text", "elapsed_ms", "handled", "run_id"}
    kept |= {"index", "length"}
    shown = {key: value for key, value in event.items() if key in kept}
    if event["type"] == "node_finished":
        facts = event.get("facts") or {}
        shown["facts"] = {name: facts[name] for name in PUBLIC_FACTS if isinstance(facts.get(name), int)}
    if event["type"] == "node_waiting" and (form := _form(event["wait"], event["node_id"], run_id, titles)):
        shown["form"] = form
    if event["type"] == "node_resumed":
        signal = event["signal"]
        shown |= {"key": signal["key"], "outcome": signal["type"], "action_id": signal["data"].get("action")}
    if event["type"] == PAUSED:
        reasons = [_form(reason, reason["node_id"], run_id, titles) for reason in event["reasons"]]
        shown["forms"] = [form for form in reasons if form]
    if event["type"] in ENDED:
        shown |= {key: event[key] for key in ("answer", "outputs", "usage", "reason") if key in event}
    if event["type"] == "run_failed":
        shown["error"] = _public_error(event["error"])
    return shown


def _form(wait: Mapping[str, Any], node_id: str, run_id: str, titles: Mapping[str, str]) -> dict[str, Any] | None:
    if wait["type"] != "form" or not forms.is_for_web(wait):
        return None
    return forms.shown(wait, token=token_of(run_id, wait["key"]), title=titles.get(node_id, node_id))


def _public_error(error: dict[str, Any]) -> dict[str, str]:
    """The code, and a sentence that names no server, key or node of the app's owner."""
    return {"code": error["code"], "message": PUBLIC_FAULTS.get(error["code"], PUBLIC_FAULT)}


async def events(request: HttpRequest, site: PublicSite, visitor: str, run_id: str) -> HttpResponseBase:
    run = await call_db(_own_run, site, visitor, run_id)
    return _follow(site, str(run.pk), last_event_id(request.headers, request.GET), ids=await call_db(_ids, run))


def _own_run(site: PublicSite, visitor: str, run_id: str) -> Run:
    run = runs.find_run(run_id, app_id=site.caller.app_id)
    if run is None or run.end_user != visitor:
        raise NotFound("This run")
    return run


def _ids(run: Run) -> dict[str, str]:
    message = Message.objects.filter(run=run).first()
    ids = {"run_id": str(run.pk)}
    if message is not None:
        ids |= {"message_id": str(message.pk), "conversation_id": str(message.conversation_id)}
    return ids


async def stop(request: HttpRequest, site: PublicSite, visitor: str, run_id: str) -> HttpResponseBase:
    run = await call_db(_own_run, site, visitor, run_id)
    await call_db(runs.stop_run, run.pk)
    return JsonResponse({"result": "success"})


async def history(request: HttpRequest, site: PublicSite, visitor: str) -> HttpResponseBase:
    conversation_id = _conversation_id(request.GET.get("conversation_id", ""))
    found = await call_db(_history, site, visitor, conversation_id)
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


async def upload(request: HttpRequest, site: PublicSite, visitor: str) -> HttpResponseBase:
    """A file for this visitor's next question: the form field `file`."""
    return JsonResponse(await call_db(_upload, request, site, visitor), status=201)


def _upload(request: HttpRequest, site: PublicSite, visitor: str) -> dict[str, Any]:
    if not any(variable.get("type") in {"file", "file-list"} for variable in site.caller.start_variables):
        raise InvalidParam("This app takes no files.", field="file")
    given = request.FILES.get("file")
    if given is None:
        raise InvalidParam("Send one file in the form field file.", field="file")
    row = files.upload(
        site.caller.workspace_uuid,
        name=given.name or "",
        parts=given.chunks,
        by=files.EndUser(site.caller.app_uuid, Source.CHAT, visitor),
    )
    return {"id": str(row.pk), "name": row.name, "size": row.size_bytes, "mime_type": row.mime_type}


def _conversation_id(text: str) -> str | None:
    return check_uuid(text, "conversation_id") if text else None


def _history(site: PublicSite, visitor: str, conversation_id: str | None) -> dict[str, Any]:
    app = App.objects.get(pk=site.caller.app_id)
    if conversation_id is None:
        rows = selectors.conversations_of(app, audience=Audience.SITE, end_user=visitor).order_by("-updated_at")[:50]
        return {
            "items": [{"id": str(row.pk), "name": row.name, "updated_at": row.updated_at.isoformat()} for row in rows]
        }
    conversation = selectors.get_conversation(
        app, audience=Audience.SITE, end_user=visitor, conversation_id=conversation_id
    )
    newest = selectors.messages_of(conversation).reverse()[:HISTORY_MESSAGES]
    return {"items": [message_json(site, row) for row in reversed(newest)]}


def message_json(site: PublicSite, row: Message) -> dict[str, Any]:
    feedback = getattr(row, "feedback", None)
    return {
        "id": str(row.pk),
        "run_id": str(row.run_id),
        "conversation_id": str(row.conversation_id),
        "query": row.query,
        "inputs": row.inputs,
        "answer": row.answer,
        "status": row.run.status if row.status == Status.RUNNING else row.status,
        "forms": _open_forms(row),
        "error": _public_error(row.error) if row.error else None,
        "citations": row.citations if site.caller.shows_sources else [],
        "feedback": feedback.rating if feedback else None,
        "created_at": row.created_at.isoformat(),
    }


def _open_forms(row: Message) -> list[dict[str, Any]]:
    """The forms that the message's run waits for, for its visitor to fill in."""
    if row.run.status != Status.PAUSED:
        return []
    waits = [wait for wait in open_waits(row.run).filter(type="form") if forms.is_for_web(wait.facts)]
    return [forms.open_form(row.run, wait) for wait in waits]


async def feedback(request: HttpRequest, site: PublicSite, visitor: str, message_id: str) -> HttpResponseBase:
    rating = read_json(request).get("rating")
    if rating not in RATINGS:
        raise InvalidParam("rating must be like, dislike or null.", field="rating")
    await call_db(_rate, site, visitor, message_id, rating)
    return JsonResponse({"result": "success"})


def _rate(site: PublicSite, visitor: str, message_id: str, rating: str | None) -> None:
    app = App.objects.get(pk=site.caller.app_id)
    message = selectors.get_message(app, audience=Audience.SITE, end_user=visitor, message_id=message_id)
    services.rate_message(message, rating=rating)


show_view = site_endpoint(needs_visitor=False, GET=show)
messages_view = site_endpoint(POST=ask, GET=history)
events_view = site_endpoint(GET=events)
stop_view = site_endpoint(POST=stop)
feedback_view = site_endpoint(POST=feedback)
upload_view = site_endpoint(POST=upload)
