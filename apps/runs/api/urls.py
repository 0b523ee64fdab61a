from __future__ import annotations

from django.urls import URLPattern, path

from apps.runs.api import views
from apps.runs.api.events import run_events

urlpatterns: list[URLPattern] = [
    path("apps/<uuid:app_id>/runs", views.AppRunsView.as_view()),
    path("apps/<uuid:app_id>/nodes/<str:node_id>/run", views.NodeRunView.as_view()),
    path("apps/<uuid:app_id>/nodes/<str:node_id>/inputs", views.NodeInputsView.as_view()),
    path("runs/<uuid:run_id>", views.RunView.as_view()),
    path("runs/<uuid:run_id>/log", views.RunLogView.as_view()),
    path("runs/<uuid:run_id>/stop", views.RunStopView.as_view()),
    path("runs/<uuid:run_id>/events", run_events),
    path("runs/<uuid:run_id>/forms", views.RunFormsView.as_view()),
    path("runs/<uuid:run_id>/forms/<path:key>", views.RunFormView.as_view()),
    path("runs/<uuid:run_id>/signals", views.RunSignalsView.as_view()),
    path("runs/<uuid:run_id>/blobs/<str:blob_id>", views.RunBlobView.as_view()),
    path("runs/<uuid:run_id>/files/<uuid:file_id>", views.RunFileView.as_view()),
    path("files", views.FilesView.as_view()),
]
