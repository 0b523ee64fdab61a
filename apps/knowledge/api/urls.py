"""Routes of the knowledge API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.knowledge.api import external, views

urlpatterns: list[URLPattern] = [
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/<uuid:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<uuid:dataset_id>/documents", views.DocumentsView.as_view()),
    path("datasets/<uuid:dataset_id>/retrieve", views.RetrieveView.as_view()),
    path("documents/<uuid:document_id>", views.DocumentView.as_view()),
    path("documents/<uuid:document_id>/cancel", views.DocumentCancelView.as_view()),
    path("documents/<uuid:document_id>/resume", views.DocumentResumeView.as_view()),
    path("documents/<uuid:document_id>/chunks", views.ChunksView.as_view()),
    path("external-services", external.ExternalServicesView.as_view()),
    path("external-services/<uuid:service_id>", external.ExternalServiceView.as_view()),
    path("external-services/<uuid:service_id>/check", external.ExternalServiceCheckView.as_view()),
    path("external-services/<uuid:service_id>/datasets", external.ExternalDatasetsView.as_view()),
]
