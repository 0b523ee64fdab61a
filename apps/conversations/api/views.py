"""The console's reading of an app's conversations."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.conversations import services
from apps.conversations.api.serializers import ConversationOut, MessageOut, SuggestIn, VariableOut
from apps.conversations.errors import ConversationNotFound
from apps.conversations.models import Conversation
from apps.conversations.selectors import hidden_datasets, message_of, messages_of, searched_datasets
from apps.knowledge.evaluation.shapes import case_shape, names_in
from apps.runs import variables
from apps.runs.privacy import is_memory_hidden_from
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
        actor = actor_of(request)
        context = {
            "hidden_datasets": hidden_datasets(actor, page.items),
            "searched_datasets": searched_datasets(actor, page.items),
        }
        return Response(page.render(lambda row: MessageOut(row, context=context).data))


class MessageCases(APIView):
    @extend_schema(operation_id="suggest_message_cases", request=SuggestIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, message_id: UUID) -> Response:
        """ "This should have been found": makes cases of the question's test sets. `{"items": [case]}`: the case with
        the passage `chunk_id`, or those made to be judged, none where the question waits already."""
        actor = actor_of(request)
        data = SuggestIn(data=request.data)
        data.is_valid(raise_exception=True)
        made = services.suggest_cases(actor, message_of(actor, message_id), **data.validated_data)
        names = names_in(case.expected for case in made)
        return Response({"items": [case_shape(case, names) for case in made]}, status=201)


class ConversationVariables(APIView):
    @extend_schema(operation_id="list_conversation_variables", responses=VariableOut(many=True))
    def get(self, request: Request, conversation_id: UUID) -> Response:
        rows = variables.variables_of(_conversation(request, conversation_id).pk)
        context = {"hidden": is_memory_hidden_from(actor_of(request), conversation_id)}
        return Response({"items": [VariableOut(row, context=context).data for row in rows], "next": None})


def _conversation(request: Request, conversation_id: UUID) -> Conversation:
    """A conversation of an app of this workspace. Raises ConversationNotFound."""
    workspace_id = actor_of(request).workspace_id
    found = Conversation.objects.filter(pk=conversation_id, app__workspace_id=workspace_id, deleted_at=None).first()
    if found is None:
        raise ConversationNotFound
    return found
