"""Routes of the knowledge API, below /v1/. Exact paths; both spellings where Dify has had two."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.publishing.service.knowledge import (
    children,
    contents,
    datasets,
    documents,
    downloads,
    external,
    metadata,
    models,
    pipeline,
    retrieve,
    segments,
    states,
    tags,
)

DATASET = "datasets/<str:dataset_id>"
DOCUMENT = f"{DATASET}/documents/<str:document_id>"
SEGMENT = f"{DOCUMENT}/segments/<str:segment_id>"

urlpatterns: list[URLPattern] = [
    path("datasets", datasets.datasets_view),
    path("datasets/tags", tags.tags_view),
    path("datasets/tags/binding", tags.binding_view),
    path("datasets/tags/unbinding", tags.unbinding_view),
    path("datasets/pipeline/file-upload", pipeline.upload_view),
    path(DATASET, datasets.dataset_view),
    path(f"{DATASET}/retrieve", retrieve.retrieve_view),
    path(f"{DATASET}/hit-testing", retrieve.retrieve_view),
    path(f"{DATASET}/tags", tags.dataset_tags_view),
    path(f"{DATASET}/metadata", metadata.fields_view),
    path(f"{DATASET}/metadata/built-in", metadata.built_in_view),
    path(f"{DATASET}/metadata/built-in/<str:action>", metadata.built_in_switch_view),
    path(f"{DATASET}/metadata/<str:field_id>", metadata.field_view),
    path(f"{DATASET}/pipeline/datasource-plugins", pipeline.plugins_view),
    path(f"{DATASET}/pipeline/datasource/nodes/<str:node_id>/run", pipeline.run_view),
    path(f"{DATASET}/pipeline/run", pipeline.run_view),
    path(f"{DATASET}/document/create-by-text", contents.create_by_text_view),
    path(f"{DATASET}/document/create_by_text", contents.create_by_text_view),
    path(f"{DATASET}/document/create-by-file", contents.create_by_file_view),
    path(f"{DATASET}/document/create_by_file", contents.create_by_file_view),
    path(f"{DATASET}/documents", documents.documents_view),
    path(f"{DATASET}/documents/metadata", metadata.documents_view),
    path(f"{DATASET}/documents/download-zip", downloads.download_zip_view),
    path(f"{DATASET}/documents/status/<str:action>", states.states_view),
    path(f"{DATASET}/documents/<str:batch>/indexing-status", documents.indexing_status_view),
    path(DOCUMENT, documents.document_view),
    path(f"{DOCUMENT}/update-by-text", contents.update_by_text_view),
    path(f"{DOCUMENT}/update_by_text", contents.update_by_text_view),
    path(f"{DOCUMENT}/update-by-file", contents.update_by_file_view),
    path(f"{DOCUMENT}/update_by_file", contents.update_by_file_view),
    path(f"{DOCUMENT}/download", downloads.link_view),
    path(f"{DOCUMENT}/upload-file", downloads.upload_file_view),
    path(f"{DOCUMENT}/segments", segments.segments_view),
    path(SEGMENT, segments.segment_view),
    path(f"{SEGMENT}/child_chunks", children.children_view),
    path(f"{SEGMENT}/child_chunks/<str:child_id>", children.child_view),
    path("files/documents/<str:token>", downloads.download_view),
    path("workspaces/current/models/model-types/<str:model_type>", models.models_view),
    path("external/retrieval", external.retrieval_view),
]
