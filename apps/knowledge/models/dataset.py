"""Datasets, and what belongs to all of a dataset: its metadata fields and the service an external one is asked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from weft.db.models import BaseModel


class ExternalService(BaseModel):
    """A retrieval service elsewhere that speaks Dify's external knowledge contract. The key is stored encrypted."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="external_services")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    endpoint = models.URLField(max_length=500)
    api_key = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="external_service_name_unique")]


class Permission(models.TextChoices):
    """Who of the workspace sees a dataset, beside its maker and the workspace's admins."""

    ONLY_ME = "only_me"
    ALL = "all"
    SOME = "some"


class VectorStore(models.TextChoices):
    CHROMA = "chroma"
    PGVECTOR = "pgvector"


def chosen_store() -> str:
    """Where the vectors of new datasets go, as the operator has it."""
    return str(settings.VECTOR_STORE)


class Dataset(BaseModel):
    """`processing` and `retrieval` hold settings (see `processing.py` and `search/settings.py`), {} for the defaults.

    `generation` names the live vector collection: embedding all anew fills another one and then raises it. `revision`
    is raised by whatever changes what a search may find; caches are keyed by it.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    embedding_provider = models.CharField(max_length=60, default="weft")
    embedding_model = models.CharField(max_length=200, default="all-MiniLM-L6-v2")
    vector_store = models.CharField(max_length=10, choices=VectorStore.choices, default=chosen_store)
    generation = models.PositiveIntegerField(default=1)
    revision = models.BigIntegerField(default=0)
    # where its vectors are on their way to, {} while they stay (see `moving.Target`)
    moving = models.JSONField(default=dict)
    processing = models.JSONField(default=dict)
    retrieval = models.JSONField(default=dict)
    # what its embedding model was seen to understand, with the trials as evidence; {} before the first trial
    reading = models.JSONField(default=dict)
    # an external dataset has no documents here: questions go to the service under `external_key`
    external_service = models.ForeignKey(ExternalService, on_delete=models.PROTECT, null=True, related_name="datasets")
    external_key = models.CharField(max_length=200, blank=True)
    permission = models.CharField(max_length=10, choices=Permission.choices, default=Permission.ALL)
    members = models.ManyToManyField("accounts.User", related_name="+")
    api_enabled = models.BooleanField(default=True)
    built_in_metadata = models.BooleanField(default=False)
    icon = models.JSONField(default=dict)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="dataset_name_unique")]


class MetadataType(models.TextChoices):
    STRING = "string"
    NUMBER = "number"
    TIME = "time"


class MetadataField(BaseModel):
    """A typed field that a dataset's documents may have. Values lie in `Document.metadata` under the field's name."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="metadata_fields")
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=10, choices=MetadataType.choices)
    # what a model is told to look for when it fills the field from a document's text; "" where people fill it
    instruction = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="metadata_field_name_unique")]


class Tag(BaseModel):
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="dataset_tags")
    name = models.CharField(max_length=50)
    datasets = models.ManyToManyField(Dataset, related_name="tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="dataset_tag_name_unique")]
