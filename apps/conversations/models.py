"""Conversations, their messages, and what people thought of them."""

from __future__ import annotations

from django.db import models

from weft.db.models import BaseModel


class Audience(models.TextChoices):
    """Populations of end users are disjoint: the same name in two of them is two people."""

    API = "api"
    SITE = "site"


class Conversation(BaseModel):
    app = models.ForeignKey("studio.App", on_delete=models.CASCADE, related_name="conversations")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    end_user = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    inputs = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["app", "audience", "end_user", "-updated_at"])]


class Message(BaseModel):
    """One turn: a question, the run that answers it, and the answer once that run has ended."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    run = models.OneToOneField("runs.Run", on_delete=models.CASCADE, related_name="message")
    position = models.PositiveIntegerField()
    query = models.TextField()
    inputs = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    status = models.CharField(max_length=10, default="running")
    error = models.JSONField(null=True)
    citations = models.JSONField(default=list)
    # sentences of the answer that no passage bears out: [{"start", "end"}]
    unsupported = models.JSONField(default=list)
    usage = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "position"], name="message_position_unique")]


class Feedback(BaseModel):
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    rating = models.CharField(max_length=10, choices=[("like", "like"), ("dislike", "dislike")])
    content = models.TextField(blank=True)
