"""The console's reading of an app's conversations."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.conversations.api.serializers import ConversationOut, MessageOut, VariableOut
from apps.conversations.errors import ConversationNotFound
from apps.conversations.models import Conversation
from apps.conversations.selectors import hidden_datasets, messages_of
from apps.runs import variables
from apps.studio import selectors as studio
from weft.http.pagination import paginate


class AppConversations(APIView):
    @extend_schema(operation_id="list_app_conversations", responses=ConversationOut(many=True))
    def get(self, request: Request, app_id: UUID) -> Response:
        app = studio.get_app(actor_of(request).workspace_id, app_id)
        rows = Conversation.objects.filter(app=app, deleted_at=None)
        page = paginate(rows, request.query_params, order=("-updated_at", "-id"))
        return Response(page.render(lambda row: ConversationOut(row).data))


class ConversationMessages(APIView):
    @extend_schema(operation_id="list_conversation_messages", responses=MessageOut(many=True))
    def get(self, request: Request, conversation_id: UUID) -> Response:
        found = _conversation(request, conversation_id)
        page = paginate(messages_of(found), request.query_params, order=("position", "id"))
        context = {"hidden_datasets": hidden_datasets(actor_of(request), page.items)}
        return Response(page.render(lambda row: MessageOut(row, context=context).data))


class ConversationVariables(APIView):
    @extend_schema(operation_id="list_conversation_variables", responses=VariableOut(many=True))
    def get(self, request: Request, conversation_id: UUID) -> Response:
        rows = variables.variables_of(_conversation(request, conversation_id).pk)
        return Response({"items": [VariableOut(row).data for row in rows], "next": None})


def _conversation(request: Request, conversation_id: UUID) -> Conversation:
    """A conversation of an app of this workspace. Raises ConversationNotFound."""
    workspace_id = actor_of(request).workspace_id
    found = Conversation.objects.filter(pk=conversation_id, app__workspace_id=workspace_id, deleted_at=None).first()
    if found is None:
        raise ConversationNotFound
    return found
