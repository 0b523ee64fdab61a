"""Routes of the providers API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.providers.api.views import ModelsView, ProvidersView, ProviderTestView, ProviderView

urlpatterns: list[URLPattern] = [
    path("providers", ProvidersView.as_view()),
    path("providers/<slug:slug>", ProviderView.as_view()),
    path("providers/<slug:slug>/test", ProviderTestView.as_view()),
    path("models", ModelsView.as_view()),
]
