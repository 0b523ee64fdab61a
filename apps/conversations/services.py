"""Writes: a turn begins, a turn ends, a conversation is named or deleted, a message is judged.

Knows runs; knows nothing of HTTP or of who shows the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.conversations.citations import sources
from apps.conversations.locks import lock_conversation
from apps.conversations.models import Conversation, Feedback, Message
from apps.conversations.selectors import get_conversation, history_of
from apps.knowledge.evaluation.cases import expect_also, suggest
from apps.knowledge.models import Case
from apps.knowledge.selectors import chunk_by_id, datasets_of
from apps.runs import blobs
from apps.runs import selectors as run_selectors
from apps.runs import services as runs
from apps.runs.models import Run
from apps.studio.models import App, Version

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A question on its way: everything a stream needs, with no row behind it."""

    conversation_id: str
    message_id: str
    run_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What an end user asks. `conversation_id` None begins a new conversation."""

    query: str
    inputs: dict[str, Any]
    end_user: str
    conversation_id: UUID | str | None = None
    files: Sequence[dict[str, Any]] = ()


@transaction.atomic
def begin_turn(app: App, question: Question, *, audience: str, source: str, version: Version) -> Turn:
    """Start the run that answers `question` on a published version.

    Raises ConversationNotFound for a conversation that is not this end user's, and what `start_run` raises for
    inputs that do not fit; nothing is stored then.
    """
    conversation = _conversation(app, question, audience=audience)
    lock_conversation(conversation)
    # not the number of messages: old ones may be forgotten
    position = (conversation.messages.aggregate(last=Max("position"))["last"] or 0) + 1
    run = runs.start_run(
        app,
        version=version,
        inputs={
            "inputs": question.inputs,
            "query": question.query,
            "files": list(question.files),
            "history": history_of(conversation),
            "sys": {
                "conversation_id": str(conversation.pk),
                "dialogue_count": position,
                "user_id": question.end_user,
            },
        },
        source=source,
        conversation_id=conversation.pk,
        end_user=question.end_user,
    )
    message = Message.objects.create(
        conversation=conversation, run=run, position=position, query=question.query, inputs=question.inputs
    )
    conversation.save(update_fields=["updated_at"])
    return Turn(str(conversation.pk), str(message.pk), str(run.pk), message.created_at)


def _conversation(app: App, question: Question, *, audience: str) -> Conversation:
    if question.conversation_id:
        return get_conversation(
            app, audience=audience, end_user=question.end_user, conversation_id=question.conversation_id
        )
    return Conversation.objects.create(
        app=app,
        audience=audience,
        end_user=question.end_user,
        name=name_from(question.query),
        inputs=question.inputs,
    )


def name_from(query: str) -> str:
    """A conversation is called by its first question, cut to fit a list."""
    name = " ".join(query.split())
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def finish_message(run: Run) -> None:
    """Write a run's end into its message, if it has one. Called once the terminal event is committed; repeatable."""
    message = Message.objects.filter(run=run).first()
    if message is None:
        return
    message.answer = run.answer
    message.status = run.status
    message.error = run.error
    message.usage = run.usage
    stands_on = sources(map(partial(_whole, run), run_selectors.log_of(run)), run.answer)
    message.citations, message.unsupported = stands_on.citations, stands_on.unsupported
    message.save(update_fields=["answer", "status", "error", "usage", "citations", "unsupported", "updated_at"])


def _whole(run: Run, event: dict[str, Any]) -> dict[str, Any]:
    """The event with what a node gave, however large."""
    if event["type"] != "node_finished":
        return event
    return {**event, "outputs": blobs.restored_all(run.pk, event["outputs"])}


def rename_conversation(conversation: Conversation, *, name: str) -> Conversation:
    conversation.name = name
    conversation.save(update_fields=["name", "updated_at"])
    return conversation


def delete_conversation(conversation: Conversation) -> None:
    """Hide it from its end user. Runs and their logs stay for the app's owner."""
    conversation.deleted_at = timezone.now()
    conversation.save(update_fields=["deleted_at", "updated_at"])


def forget_empty(oldest: datetime) -> None:
    """Delete the conversations whose messages went with their runs, and that nobody has gone on with since."""
    Conversation.objects.filter(updated_at__lt=oldest, messages=None).delete()


def rate_message(message: Message, *, rating: str | None, content: str = "") -> None:
    """Set, change or (rating None) revoke the end user's judgement.

    The question of a disliked answer waits to be judged in the test sets of the datasets that its run could search;
    revoking takes no case away.
    """
    if rating is None:
        Feedback.objects.filter(message=message).delete()
        return
    with transaction.atomic():
        Feedback.objects.update_or_create(message=message, defaults={"rating": rating, "content": content})
        if rating == "dislike":
            run = message.run
            suggest(run.workspace_id, [UUID(each) for each in run.dataset_ids], message.query)


def suggest_cases(actor: Actor, message: Message, *, chunk_id: UUID | None = None) -> list[Case]:
    """The message's question for the test sets of the datasets that its run could search and the actor sees: with the
    passage that should have been found in the passage's own, without one to be judged in each. Raises 404 for a chunk
    that the actor does not see."""
    require(actor, Role.EDITOR)
    if chunk_id is not None:
        dataset_id = chunk_by_id(actor, chunk_id).dataset_id
        return [expect_also(actor, dataset_id, question=message.query, chunk_id=chunk_id)]
    searched = datasets_of(actor).filter(id__in=message.run.dataset_ids).values_list("id", flat=True)
    return suggest(actor.workspace_id, list(searched), message.query)
