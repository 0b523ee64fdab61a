from __future__ import annotations

from django.urls import URLPattern, path

from apps.publishing.service import (
    chat,
    events,
    files,
    forms,
    messages,
    meta,
    openai,
    variables,
    workflows,
)
from apps.publishing.service.knowledge import urls as knowledge

urlpatterns: list[URLPattern] = [
    path("chat-messages", chat.create_view),
    path("chat-messages/<str:task_id>/stop", chat.stop_view),
    path("workflows/run", workflows.create_view),
    path("workflows/run/<str:run_id>", workflows.detail_view),
    path("workflows/tasks/<str:task_id>/stop", chat.stop_view),
    path("workflow/<str:run_id>/events", events.events_view),
    path("workflows/run/<str:run_id>/signals", forms.signals_view),
    path("form/human_input/<str:form_token>", forms.form_view),
    path("messages", messages.messages_view),
    path("messages/<str:message_id>/feedbacks", messages.feedback_view),
    path("conversations", messages.conversations_view),
    path("conversations/<str:conversation_id>", messages.conversation_view),
    path("conversations/<str:conversation_id>/name", messages.rename_view),
    path("conversations/<str:conversation_id>/variables", variables.variables_view),
    path("conversations/<str:conversation_id>/variables/<str:variable_id>", variables.variable_view),
    path("files/upload", files.upload_view),
    path("info", meta.info_view),
    path("parameters", meta.parameters_view),
    path("meta", meta.meta_view),
    path("site", meta.site_view),
    path("chat/completions", openai.completions_view),
    path("models", openai.models_view),
    path("models/<path:model>", openai.model_view),
    *knowledge.urlpatterns,
]
