"""Routes of the accounts API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.accounts.api.views import SessionView, SetupView, WorkspaceView

urlpatterns: list[URLPattern] = [
    path("session", SessionView.as_view()),
    path("setup", SetupView.as_view()),
    path("workspace", WorkspaceView.as_view()),
]
