"""Chunks: the passages that are searched and shown. The text lives here; vectors lie in a store under the same ids."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.knowledge.models.dataset import Dataset
from apps.knowledge.models.document import Document
from weft.db.models import BaseModel


class ChunkKind(models.TextChoices):
    """A parent is shown but not searched, a child is searched and shows its parent; a pair is a question with its
    answer; a passage is searched and shown itself."""

    PASSAGE = "passage"
    PARENT = "parent"
    CHILD = "child"
    PAIR = "pair"


class Chunk(BaseModel):
    """A passage of a document: `content == text[start:end]` of the parsed text, page from 1 where there are pages.

    The id follows from document, kind, text and how often that text came before, so the same text keeps its id, its
    vector and its terms when the document is read again. Chunks that people wrote or changed have `is_edited`, and
    null places where no text of the document is theirs.
    """

    # the document's own dataset, repeated here so that a search needs no join
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="chunks")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=10, choices=ChunkKind.choices, default=ChunkKind.PASSAGE)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    position = models.PositiveIntegerField()
    content = models.TextField()
    # of a pair; "" else
    answer = models.TextField(blank=True)
    keywords = ArrayField(models.CharField(max_length=100), default=list)
    headings = models.JSONField(default=list)
    page = models.PositiveIntegerField(null=True)
    # where it stands on its pages, as shares of their size: [{"page", "x0", "y0", "x1", "y1"}]
    boxes = models.JSONField(default=list)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    is_enabled = models.BooleanField(default=True)
    is_edited = models.BooleanField(default=False)
    hit_count = models.PositiveIntegerField(default=0)
    # its vector is stored; before that only its terms find it
    is_indexed = models.BooleanField(default=False)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["document", "position"], name="chunk_position"),
            models.Index(fields=["parent"], name="chunk_parent"),
            # every search asks which are switched off, and few are
            models.Index(fields=["dataset"], name="chunk_off", condition=Q(is_enabled=False)),
        ]
