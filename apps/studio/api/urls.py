from __future__ import annotations

from django.urls import URLPattern, path

from apps.studio.api import apps, documents

urlpatterns: list[URLPattern] = [
    path("apps", apps.AppsView.as_view()),
    path("apps/import", apps.AppImportView.as_view()),
    path("apps/<uuid:app_id>", apps.AppView.as_view()),
    path("apps/<uuid:app_id>/restore", apps.AppRestoreView.as_view()),
    path("apps/<uuid:app_id>/duplicate", apps.AppDuplicateView.as_view()),
    path("apps/<uuid:app_id>/export", apps.AppExportView.as_view()),
    path("apps/<uuid:app_id>/draft", documents.DraftView.as_view()),
    path("apps/<uuid:app_id>/check", documents.CheckView.as_view()),
    path("apps/<uuid:app_id>/versions", documents.VersionsView.as_view()),
    path("apps/<uuid:app_id>/versions/<int:number>", documents.VersionView.as_view()),
    path("apps/<uuid:app_id>/versions/<int:number>/restore", documents.VersionRestoreView.as_view()),
    path("templates", apps.TemplatesView.as_view()),
    path("node-kinds", apps.NodeKindsView.as_view()),
]
