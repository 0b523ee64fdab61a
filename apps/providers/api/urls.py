"""Routes of the providers API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.providers.api.library_views import (
    DirectoriesView,
    DownloadActionView,
    DownloadsView,
    DownloadView,
    HeldModelView,
    LibraryView,
    ServingView,
)
from apps.providers.api.views import ModelsView, ProvidersView, ProviderTestView, ProviderView

urlpatterns: list[URLPattern] = [
    path("providers", ProvidersView.as_view()),
    path("providers/<slug:slug>", ProviderView.as_view()),
    path("providers/<slug:slug>/test", ProviderTestView.as_view()),
    path("models", ModelsView.as_view()),
    path("model-library", LibraryView.as_view()),
    path("model-library/directories", DirectoriesView.as_view()),
    path("model-library/downloads", DownloadsView.as_view()),
    path("model-library/downloads/<str:key>", DownloadView.as_view()),
    path("model-library/downloads/<str:key>/<str:action>", DownloadActionView.as_view()),
    path("model-library/models/<str:key>", HeldModelView.as_view()),
    path("model-library/serving", ServingView.as_view()),
]
