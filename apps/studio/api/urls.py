from __future__ import annotations

from django.urls import URLPattern, path

from apps.studio.api import apps, documents, transfer, workspace

urlpatterns: list[URLPattern] = [
    path("apps", apps.AppsView.as_view()),
    path("apps/import", transfer.AppImportView.as_view()),
    path("apps/import/preview", transfer.AppImportPreviewView.as_view()),
    path("apps/<uuid:app_id>", apps.AppView.as_view()),
    path("apps/<uuid:app_id>/restore", apps.AppRestoreView.as_view()),
    path("apps/<uuid:app_id>/duplicate", apps.AppDuplicateView.as_view()),
    path("apps/<uuid:app_id>/export", transfer.AppExportView.as_view()),
    path("apps/<uuid:app_id>/draft", documents.DraftView.as_view()),
    path("apps/<uuid:app_id>/check", documents.CheckView.as_view()),
    path("apps/<uuid:app_id>/versions", documents.VersionsView.as_view()),
    path("apps/<uuid:app_id>/versions/<int:number>", documents.VersionView.as_view()),
    path("apps/<uuid:app_id>/versions/<int:number>/restore", documents.VersionRestoreView.as_view()),
    path("apps/<uuid:app_id>/versions/<int:number>/diff", transfer.VersionDiffView.as_view()),
    path("apps/<uuid:app_id>/limits", workspace.AppLimitsView.as_view()),
    path("workspace/limits", workspace.WorkspaceLimitsView.as_view()),
    path("workflow-tools", workspace.WorkflowToolsView.as_view()),
    path("templates", apps.TemplatesView.as_view()),
    path("node-kinds", apps.NodeKindsView.as_view()),
    path("tools", apps.ToolsView.as_view()),
]
