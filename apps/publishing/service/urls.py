from __future__ import annotations

from django.urls import URLPattern, path

from apps.publishing.service import chat, datasets, events, files, messages, meta, openai, workflows

urlpatterns: list[URLPattern] = [
    path("chat-messages", chat.create_view),
    path("chat-messages/<str:task_id>/stop", chat.stop_view),
    path("workflows/run", workflows.create_view),
    path("workflows/run/<str:run_id>", workflows.detail_view),
    path("workflows/tasks/<str:task_id>/stop", chat.stop_view),
    path("workflow/<str:run_id>/events", events.events_view),
    path("messages", messages.messages_view),
    path("messages/<str:message_id>/feedbacks", messages.feedback_view),
    path("conversations", messages.conversations_view),
    path("conversations/<str:conversation_id>", messages.conversation_view),
    path("conversations/<str:conversation_id>/name", messages.rename_view),
    path("files/upload", files.upload_view),
    path("info", meta.info_view),
    path("parameters", meta.parameters_view),
    path("meta", meta.meta_view),
    path("site", meta.site_view),
    path("chat/completions", openai.completions_view),
    path("models", openai.models_view),
    path("models/<path:model>", openai.model_view),
    path("datasets", datasets.datasets_view),
    path("datasets/<str:dataset_id>/documents", datasets.documents_view),
    path("datasets/<str:dataset_id>/documents/<str:batch>/indexing-status", datasets.indexing_status_view),
    path("datasets/<str:dataset_id>/document/create-by-text", datasets.create_by_text_view),
    path("datasets/<str:dataset_id>/document/create_by_text", datasets.create_by_text_view),
    path("datasets/<str:dataset_id>/document/create-by-file", datasets.create_by_file_view),
    path("datasets/<str:dataset_id>/document/create_by_file", datasets.create_by_file_view),
    path("datasets/<str:dataset_id>/retrieve", datasets.retrieve_view),
]
