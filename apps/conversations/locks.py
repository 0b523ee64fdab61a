"""The row locks of this app."""

from __future__ import annotations

from apps.conversations.models import Conversation


def lock_conversation(conversation: Conversation) -> None:
    """Hold the conversation's row until the transaction ends, so that two turns never take one position."""
    Conversation.objects.select_for_update().get(pk=conversation.pk)
