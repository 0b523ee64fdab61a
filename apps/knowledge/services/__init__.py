"""What the rest of the house may ask of knowledge."""

from apps.knowledge.services.chunks import (
    NewChunk,
    add_child,
    add_chunks,
    delete_child,
    delete_chunks,
    set_chunks_enabled,
    update_child,
    update_chunk,
)
from apps.knowledge.services.control import (
    cancel_document,
    pause_document,
    reprocess_document,
    resume_document,
    retry_document,
)
from apps.knowledge.services.datasets import create_dataset, delete_dataset, update_dataset
from apps.knowledge.services.documents import (
    add_documents,
    add_text_document,
    delete_document,
    delete_documents,
    new_batch,
    rename_document,
    replace_file,
    replace_text,
    set_documents_archived,
    set_documents_enabled,
    set_metadata,
    set_processing,
)
from apps.knowledge.services.uploads import Parts, Upload

__all__ = [
    "NewChunk",
    "Parts",
    "Upload",
    "add_child",
    "add_chunks",
    "add_documents",
    "add_text_document",
    "cancel_document",
    "create_dataset",
    "delete_child",
    "delete_chunks",
    "delete_dataset",
    "delete_document",
    "delete_documents",
    "new_batch",
    "pause_document",
    "rename_document",
    "replace_file",
    "replace_text",
    "reprocess_document",
    "resume_document",
    "retry_document",
    "set_chunks_enabled",
    "set_documents_archived",
    "set_documents_enabled",
    "set_metadata",
    "set_processing",
    "update_child",
    "update_chunk",
    "update_dataset",
]
