"""Routes of the knowledge API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from apps.knowledge.api import (
    chunks,
    connectors,
    dataset_settings,
    documents,
    evaluation_urls,
    external,
    metadata_urls,
    moves,
    preview,
    retrieval,
    views,
)


class DocumentAction(StringConverter):
    regex = "|".join(documents.DocumentActionView.ACTS)


class DocumentsAction(StringConverter):
    regex = "|".join(documents.DocumentsActionView.ACTIONS)


class ChunksAction(StringConverter):
    regex = "|".join(chunks.ChunksActionView.ACTIONS)


register_converter(DocumentAction, "document_action")
register_converter(DocumentsAction, "documents_action")
register_converter(ChunksAction, "chunks_action")

urlpatterns: list[URLPattern] = [
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/<uuid:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<uuid:dataset_id>/settings", dataset_settings.DatasetSettingsView.as_view()),
    path("datasets/<uuid:dataset_id>/move", moves.MoveView.as_view()),
    path("datasets/<uuid:dataset_id>/move/estimate", moves.MoveEstimateView.as_view()),
    path("document-formats", dataset_settings.FormatsView.as_view()),
    path("retrieve", retrieval.RetrieveManyView.as_view()),
    path("datasets/<uuid:dataset_id>/retrieve", retrieval.RetrieveView.as_view()),
    path("datasets/<uuid:dataset_id>/why-not", retrieval.WhyNotView.as_view()),
    path("datasets/<uuid:dataset_id>/reading", retrieval.ReadingView.as_view()),
    path("datasets/<uuid:dataset_id>/retrieval", retrieval.RetrievalSettingsView.as_view()),
    path("external-services", external.ExternalServicesView.as_view()),
    path("external-services/<uuid:service_id>", external.ExternalServiceView.as_view()),
    path("external-services/<uuid:service_id>/check", external.ExternalServiceCheckView.as_view()),
    path("external-services/<uuid:service_id>/datasets", external.ExternalDatasetsView.as_view()),
    *evaluation_urls.urlpatterns,
    *metadata_urls.urlpatterns,
    path("datasets/<uuid:dataset_id>/preview", preview.PreviewView.as_view()),
    path("datasets/<uuid:dataset_id>/documents", documents.DocumentsView.as_view()),
    path("datasets/<uuid:dataset_id>/documents/text", documents.TextDocumentsView.as_view()),
    path("datasets/<uuid:dataset_id>/documents/<documents_action:action>", documents.DocumentsActionView.as_view()),
    path("documents/<uuid:document_id>", documents.DocumentView.as_view()),
    path("documents/<uuid:document_id>/file", documents.DocumentFileView.as_view()),
    path("documents/<uuid:document_id>/text", documents.DocumentTextView.as_view()),
    path("documents/<uuid:document_id>/chunks", chunks.ChunksView.as_view()),
    path("documents/<uuid:document_id>/chunks/<chunks_action:action>", chunks.ChunksActionView.as_view()),
    path("documents/<uuid:document_id>/<document_action:action>", documents.DocumentActionView.as_view()),
    path("datasets/<uuid:dataset_id>/connectors", connectors.ConnectorsView.as_view()),
    path("connectors/<uuid:connector_id>", connectors.ConnectorView.as_view()),
    path("connectors/<uuid:connector_id>/look", connectors.ConnectorLookView.as_view()),
    path("chunks/<uuid:chunk_id>", chunks.ChunkView.as_view()),
    path("chunks/<uuid:chunk_id>/children", chunks.ChildrenView.as_view()),
]
