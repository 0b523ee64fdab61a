"""Documents on their way into a dataset, and the parts in which long ones are read."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5
from django.utils import timezone

from apps.knowledge.models.dataset import Dataset
from weft.db.models import BaseModel


class Stage(models.TextChoices):
    QUEUED = "queued"
    PARSING = "parsing"
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    READY = "ready"
    PAUSED = "paused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Source(models.TextChoices):
    FILE = "file"
    TEXT = "text"
    WEB = "web"
    CONNECTOR = "connector"


class Connector(BaseModel):
    """A place whose items are kept as documents of a dataset: new ones come, changed ones follow, gone ones go."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="connectors")
    # which class in `connectors/` reads it, and that class's own settings
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    every_s = models.PositiveIntegerField(null=True)
    is_enabled = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    # the last look: {"at", "added", "changed", "removed", "unchanged", "error": {"code", "message"} | null}
    report = models.JSONField(default=dict)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")


class Document(BaseModel):
    """A file on its way into a dataset. `lease_*` say which task works on it; the sweep hands on what has none."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=300)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.FILE)
    # where it came from, and what tells whether it has changed there; "" for uploads
    source_url = models.CharField(max_length=2000, blank=True)
    source_revision = models.CharField(max_length=200, blank=True)
    connector = models.ForeignKey(Connector, on_delete=models.SET_NULL, null=True, related_name="documents")
    # documents that came in one request
    batch = models.CharField(max_length=40, blank=True)
    size_bytes = models.BigIntegerField()
    mime_type = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    # what its chunks were made from (file, settings, readers); "" while they have still to be made
    fingerprint = models.CharField(max_length=64, blank=True)
    # settings of this document alone; null takes the dataset's
    processing = models.JSONField(null=True)
    metadata = models.JSONField(default=dict)
    # of the fields in `metadata` those that a model filled, with the hash of the file that it read; people's are not
    # among them
    extracted = models.JSONField(default=dict)
    language = models.CharField(max_length=10, blank=True)
    is_enabled = models.BooleanField(default=True)
    is_archived = models.BooleanField(default=False)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUEUED)
    # when each stage began, by its name, and `ready` (ISO times)
    times = models.JSONField(default=dict)
    # small ones first: a rank from 0 (a few pages) upwards
    rank = models.PositiveSmallIntegerField(default=0)
    page_count = models.PositiveIntegerField(null=True)
    char_count = models.PositiveIntegerField(default=0)
    # parts read, then chunks embedded
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(default=0)
    # chunks kept from before, by their text: neither embedded nor stored anew
    reused_count = models.PositiveIntegerField(default=0)
    # the stage that a failed document failed in
    error_stage = models.CharField(max_length=10, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    # what could not be read though the rest was: [{"code", "message", "page"}]
    warnings = models.JSONField(default=list)
    hit_count = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    pause_requested = models.BooleanField(default=False)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    # leases taken since the last progress: a file that kills its worker every time is given up
    attempts = models.PositiveSmallIntegerField(default=0)
    # since when it waits for a worker
    queued_at = models.DateTimeField(default=timezone.now)
    # no worker takes it before: its store or model was away, `waits` times since the last progress
    not_before = models.DateTimeField(null=True)
    waits = models.PositiveSmallIntegerField(default=0)
    # when reading or embedding last began, and how much was done by then: the pace behind the time left
    started_at = models.DateTimeField(null=True)
    started_done = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            # by its hash: an address of 2,000 characters is too long for an index
            models.UniqueConstraint(
                "connector", MD5("source_url"), name="document_item_unique", condition=Q(connector__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["dataset", "created_at"]),
            models.Index(fields=["stage", "lease_expires_at"]),
            models.Index(fields=["dataset", "batch"], name="document_batch", condition=~Q(batch="")),
            # the sweep asks every few seconds, and hardly ever is there one
            models.Index(
                fields=["updated_at"], name="document_unembedded", condition=Q(stage="ready", done__lt=F("total"))
            ),
        ]


class DocumentText(models.Model):
    """The whole parsed text, apart from the document so that lists stay light."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="parsed")
    text = models.TextField()


class DocumentPart(models.Model):
    """A range of a document's pages, sheets' rows or sections that is parsed on its own, under a lease of its own.

    `blocks` is null until it is read (see `workflows.documents.blocks`).
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    # from 1, both ends included, in the unit of the format
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    blocks = models.JSONField(null=True)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="document_part_unique")]
