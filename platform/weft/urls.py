"""Every route of the platform, in the order in which they are tried; the last one is the single-page application."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from apps.publishing.api import hooks
from weft.http import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("api/v1/", include("apps.accounts.api.urls")),
    path("api/v1/", include("apps.providers.api.urls")),
    path("api/v1/", include("apps.knowledge.api.urls")),
    path("api/v1/", include("apps.studio.api.urls")),
    path("api/v1/", include("apps.runs.api.urls")),
    path("api/v1/", include("apps.conversations.api.urls")),
    path("api/v1/", include("apps.publishing.api.urls")),
    path("api/public/", include("apps.publishing.api.public_urls")),
    path("triggers/test/<str:token>", hooks.webhook_test_view),
    path("triggers/<str:token>", hooks.webhook_view),
    path("v1/", include("apps.publishing.service.urls")),
    re_path(r"^embed(?:\.min)?\.js$", pages.no_embed_script),
    re_path(r"^(?:api|v1|ws|static|triggers)(?:/|$)", pages.unknown_route),
    re_path(r"^form/[\w-]+$", pages.form_page),
    # the last three are what pages and frames made for Dify point at
    re_path(r"^(?:chat|chatbot|completion|workflow)/(?P<code>[\w-]+)$", pages.chat_page),
    re_path(r"^(?!static/)", pages.console_page),
]
