"""Runs and their log.

The log is the truth: every other column of a run is a reading of it, kept for lists and filters.
"""

from __future__ import annotations

from django.db import models

from weft.db.models import BaseModel


class Status(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE = [Status.QUEUED, Status.RUNNING]


class Source(models.TextChoices):
    EDITOR = "editor"
    API = "api"
    OPENAI = "openai"
    CHAT = "chat"
    TRIGGER = "trigger"

    @property
    def population(self) -> frozenset[Source]:
        """The sources whose end users are the same people. The same name in two populations is two people."""
        shared = frozenset({Source.API, Source.OPENAI})  # keys of one app, and the `user` that their holders name
        return shared if self in shared else frozenset({self})


class Run(BaseModel):
    """One execution of a version (or, from the editor, of the draft as it stood, kept in `document`).

    `fence` is the fencing token: it grows with every lease, and an append that carries an older one is refused.
    `lease_expires_at` is set while somebody owes the run work, also after its end, until the hooks have run.
    `dispatched_at` is set while a message for it should be on its way. `calm_fence` is the fence of the last pause:
    only leases after it count as tries. `wake_at` is when a paused run goes on by itself.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    app = models.ForeignKey("studio.App", on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey("studio.Version", on_delete=models.PROTECT, null=True, related_name="runs")
    document = models.JSONField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    # workflows.RunInputs as JSON: inputs, query, files, history, conversation, root, limits, sys
    inputs = models.JSONField(default=dict)
    # the knowledge bases whose passages may be in the log, and the people of whom one must see each that is searched
    # (null: the workspace itself searches)
    dataset_ids = models.JSONField(default=list)
    reader_ids = models.JSONField(null=True)
    # the versions of other apps that the graph runs as sub-workflows, as they were when the run began
    pins = models.JSONField(default=dict)
    outputs = models.JSONField(null=True)
    answer = models.TextField(blank=True)
    error = models.JSONField(null=True)
    usage = models.JSONField(default=dict)
    elapsed_ms = models.FloatField(null=True)
    last_seq = models.PositiveIntegerField(default=0)
    uploads = models.ManyToManyField("UploadedFile", related_name="runs")
    conversation_id = models.UUIDField(null=True, db_index=True)
    end_user = models.CharField(max_length=200, blank=True)
    fence = models.PositiveIntegerField(default=0)
    calm_fence = models.PositiveIntegerField(default=0)
    wake_at = models.DateTimeField(null=True)
    # the log's writes to conversation variables are applied up to this event
    writes_seq = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    stop_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["app", "-created_at"]),
            models.Index(
                fields=["lease_expires_at"],
                name="run_unfinished",
                condition=models.Q(status="queued") | models.Q(lease_expires_at__isnull=False),
            ),
            models.Index(fields=["wake_at"], name="run_wakes", condition=models.Q(wake_at__isnull=False)),
            models.Index(
                fields=["app", "source", "end_user"], name="run_active", condition=models.Q(status__in=ACTIVE)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="run_has_one_graph",
                condition=models.Q(version__isnull=False, document__isnull=True)
                | models.Q(version__isnull=True, document__isnull=False),
            )
        ]


class RunEvent(models.Model):
    """One entry of a run's log, exactly as the engine wrote it.

    Text, because jsonb would reorder the keys of values and refuse some strings.
    """

    pk = models.CompositePrimaryKey("run_id", "seq")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    payload = models.TextField()


class Wait(BaseModel):
    """Something outside that a node of a run waits for, and the signal that came: the first one, and no other.

    `facts` is the wait as the log has it. `signal` is what the engine is told; `resumed_at` says that the log has it.
    Whoever writes here holds the run's row.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="waits")
    key = models.TextField()
    type = models.CharField(max_length=10)
    node_id = models.CharField(max_length=50)
    frame = models.TextField(blank=True)
    facts = models.JSONField()
    # unguessable: who has it may answer
    token = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(null=True)
    signal = models.JSONField(null=True)
    signalled_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)
    # what became of each way in which people were told; null until it was tried
    delivery = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="wait_key_unique")]
        indexes = [
            models.Index(
                fields=["run"],
                name="wait_signalled",
                condition=models.Q(signal__isnull=False, resumed_at__isnull=True),
            ),
            models.Index(
                fields=["created_at"], name="wait_untold", condition=models.Q(type="form", delivery__isnull=True)
            ),
        ]


class Blob(BaseModel):
    """A value too large for the log of its run. Bytes lie in the data directory, named by their SHA-256."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="blobs")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    path = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "sha256"], name="blob_unique")]


class ConversationVariable(BaseModel):
    """What a conversation remembers between its runs. `value` is JSON as text, as in the log."""

    app = models.ForeignKey("studio.App", on_delete=models.CASCADE, related_name="+")
    conversation_id = models.UUIDField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    description = models.TextField(blank=True)
    value = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation_id", "name"], name="conversation_variable_unique")]


class UploadedFile(BaseModel):
    """A file given to runs, or made by one. `app_id`, `source` and `end_user` together say by whom; a member's has no
    app.

    Bytes lie in the data directory under `path`.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    app_id = models.UUIDField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.EDITOR)
    end_user = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300)
    size_bytes = models.BigIntegerField()
    mime_type = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
