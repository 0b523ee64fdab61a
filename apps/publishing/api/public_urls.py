from __future__ import annotations

from django.urls import URLPattern, path

from apps.publishing.api import forms, public

urlpatterns: list[URLPattern] = [
    path("forms/<str:token>", forms.form_view),
    path("forms/<str:token>/files", forms.upload_view),
    path("events/<str:token>", forms.signal_view),
    path("sites/<str:code>", public.show_view),
    path("sites/<str:code>/files", public.upload_view),
    path("sites/<str:code>/messages", public.messages_view),
    path("sites/<str:code>/messages/<uuid:message_id>/feedback", public.feedback_view),
    path("sites/<str:code>/runs/<uuid:run_id>/events", public.events_view),
    path("sites/<str:code>/runs/<uuid:run_id>/stop", public.stop_view),
]
