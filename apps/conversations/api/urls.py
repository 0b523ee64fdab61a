from __future__ import annotations

from django.urls import URLPattern, path

from apps.conversations.api import views

urlpatterns: list[URLPattern] = [
    path("apps/<uuid:app_id>/conversations", views.AppConversations.as_view()),
    path("conversations/<uuid:conversation_id>/messages", views.ConversationMessages.as_view()),
    path("messages/<uuid:message_id>/cases", views.MessageCases.as_view()),
    path("conversations/<uuid:conversation_id>/variables", views.ConversationVariables.as_view()),
]
