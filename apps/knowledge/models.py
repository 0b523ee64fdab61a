"""Datasets, documents and chunks. The text lives here; the vectors live in Chroma under the chunks' ids."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from weft.db.models import BaseModel


class Dataset(BaseModel):
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    embedding_provider = models.CharField(max_length=60, default="weft")
    embedding_model = models.CharField(max_length=200, default="all-MiniLM-L6-v2")
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="dataset_name_unique")]


class Stage(models.TextChoices):
    QUEUED = "queued"
    PARSING = "parsing"
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Document(BaseModel):
    """A file on its way into a dataset. `lease_*` say which task works on it; the sweep hands on what has none."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=300)
    size_bytes = models.BigIntegerField()
    mime_type = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    # leases taken since the last progress: a file that kills its worker every time is given up
    attempts = models.PositiveSmallIntegerField(default=0)
    # when embedding last began, and how much was done by then: the pace behind the time left
    started_at = models.DateTimeField(null=True)
    started_done = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["dataset", "created_at"]), models.Index(fields=["stage", "lease_expires_at"])]


class DocumentText(models.Model):
    """The whole parsed text, apart from the document so that lists stay light."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="parsed")
    text = models.TextField()


class Chunk(BaseModel):
    """A passage of a document: `content == text[start:end]` of the parsed text, page from 1 where there are pages."""

    # the document's own dataset, repeated here so that a search needs no join
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="chunks")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    content = models.TextField()
    headings = models.JSONField(default=list)
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    is_indexed = models.BooleanField(default=False)
    # what `analysis.terms_of` makes of the content, repeats included; the lexical index
    terms = ArrayField(models.TextField(), default=list)
    n_terms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="chunk_position_unique")]
        indexes = [GinIndex(fields=["terms"], name="chunk_terms")]
