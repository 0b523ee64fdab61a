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
from apps.knowledge.models.evaluation import Case, CaseSource, Evaluation, EvaluationKind, Outcome, Query, Reason
from apps.knowledge.models.lexical import LexicalPage, LexicalSegment
from apps.knowledge.models.moving import Move

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
    "EvaluationKind",
    "ExternalService",
    "LexicalPage",
    "LexicalSegment",
    "MetadataField",
    "MetadataType",
    "Move",
    "Outcome",
    "Permission",
    "Query",
    "Reason",
    "Source",
    "Stage",
    "Tag",
    "VectorStore",
]
