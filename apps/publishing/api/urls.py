from __future__ import annotations

from django.urls import URLPattern, path

from apps.publishing.api import triggers, views

urlpatterns: list[URLPattern] = [
    path("apps/<uuid:app_id>/keys", views.AppKeys.as_view()),
    path("apps/<uuid:app_id>/keys/<uuid:key_id>", views.AppKey.as_view()),
    path("apps/<uuid:app_id>/site", views.AppSite.as_view()),
    path("apps/<uuid:app_id>/triggers", triggers.AppTriggers.as_view()),
    path("apps/<uuid:app_id>/triggers/<uuid:trigger_id>", triggers.AppTrigger.as_view()),
    path("apps/<uuid:app_id>/triggers/<uuid:trigger_id>/firings", triggers.TriggerFirings.as_view()),
    path("dataset-keys", views.DatasetKeys.as_view()),
    path("dataset-keys/<uuid:key_id>", views.DatasetKey.as_view()),
]
