"""Reads: conversations and messages, always inside one app and one end user (or one workspace, for the console)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.accounts.services import Actor
from apps.conversations.citations import places_of
from apps.conversations.errors import ConversationNotFound, MessageNotFound
from apps.conversations.models import Conversation, Message
from apps.knowledge.selectors import datasets_of
from apps.studio.models import App

HISTORY_TURNS = 20


def conversations_of(app: App, *, audience: str, end_user: str) -> QuerySet[Conversation]:
    return Conversation.objects.filter(app=app, audience=audience, end_user=end_user, deleted_at=None)


def get_conversation(app: App, *, audience: str, end_user: str, conversation_id: UUID | str) -> Conversation:
    """One conversation of this end user; raises ConversationNotFound for anybody else's."""
    found = conversations_of(app, audience=audience, end_user=end_user).filter(pk=conversation_id).first()
    if found is None:
        raise ConversationNotFound
    return found


def get_message(app: App, *, audience: str, end_user: str, message_id: UUID | str) -> Message:
    """One message of this end user; raises MessageNotFound for anybody else's, and where the conversation is gone."""
    theirs = conversations_of(app, audience=audience, end_user=end_user)
    found = Message.objects.select_related("conversation", "run").filter(pk=message_id, conversation__in=theirs).first()
    if found is None:
        raise MessageNotFound
    return found


def message_of(actor: Actor, message_id: UUID) -> Message:
    """A message of any end user of an app of the actor's workspace. Raises MessageNotFound."""
    kept = Message.objects.filter(conversation__app__workspace_id=actor.workspace_id, conversation__deleted_at=None)
    found = kept.select_related("run").filter(pk=message_id).first()
    if found is None:
        raise MessageNotFound
    return found


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    return conversation.messages.select_related("feedback", "run").order_by("position")


def hidden_datasets(actor: Actor, messages: Sequence[Message]) -> set[str]:
    """Of the datasets that the messages cite those that the actor does not see; of deleted ones nobody but admins can
    tell who saw them."""
    if actor.user is None or actor.may(Role.ADMIN):
        return set()
    cited = {str(place["dataset_id"]) for row in messages for each in row.citations for place in places_of(each)}
    return cited - {str(each) for each in datasets_of(actor).values_list("id", flat=True)} if cited else cited


def searched_datasets(actor: Actor, messages: Sequence[Message]) -> dict[str, str]:
    """The names of the datasets that the messages' runs could search, by id, of those that the actor sees."""
    named = {each for row in messages for each in row.run.dataset_ids}
    rows = datasets_of(actor).filter(id__in=named).values_list("id", "name") if named else ()
    return {str(dataset_id): name for dataset_id, name in rows}


def history_of(conversation: Conversation) -> list[dict[str, str]]:
    """The last turns as chat messages, oldest first. Turns without any answer (failed at once) are left out."""
    turns = conversation.messages.exclude(answer="").order_by("-position")[:HISTORY_TURNS]
    messages: list[dict[str, str]] = []
    for turn in reversed(turns):
        messages += [{"role": "user", "content": turn.query}, {"role": "assistant", "content": turn.answer}]
    return messages
