"""What can go wrong with a conversation, as stable codes."""

from __future__ import annotations

from weft.http.errors import WeftError


class ConversationNotFound(WeftError):
    """The conversation does not exist for this app and this end user. Whose it is instead is nobody's business."""

    def __init__(self) -> None:
        super().__init__(code="conversation_not_found", message="Conversation does not exist.", status=404)


class MessageNotFound(WeftError):
    def __init__(self) -> None:
        super().__init__(code="message_not_found", message="Message does not exist.", status=404)
