"""The tables of knowledge."""

from apps.knowledge.models.chunk import Chunk, ChunkKind
from apps.knowledge.models.dataset import (
    Dataset,
    ExternalService,
    MetadataField,
    MetadataType,
    Permission,
    Tag,
    VectorStore,
)
from apps.knowledge.models.document import Connector, Document, DocumentPart, DocumentText, Source, Stage
from apps.knowledge.models.evaluation import Case, CaseSource, Evaluation, Query

__all__ = [
    "Case",
    "CaseSource",
    "Chunk",
    "ChunkKind",
    "Connector",
    "Dataset",
    "Document",
    "DocumentPart",
    "DocumentText",
    "Evaluation",
    "ExternalService",
    "MetadataField",
    "MetadataType",
    "Permission",
    "Query",
    "Source",
    "Stage",
    "Tag",
    "VectorStore",
]
