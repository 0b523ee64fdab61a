"""The library of models over HTTP. Translates; decides nothing. Every answer is the whole library as it is then."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.providers import library
from weft.http.errors import not_found


class DownloadIn(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=200)


class DirectoryIn(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=2000)


class ServingIn(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=200)
    quantization = serializers.ChoiceField(choices=("none", "fp8", "int8"), required=False)


def _checked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    checked = shape(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


class LibraryView(APIView):
    def get(self, request: Request) -> Response:
        return Response(library.state(actor_of(request)))


class DirectoriesView(APIView):
    def post(self, request: Request) -> Response:
        return Response(library.register(actor_of(request), **_checked(DirectoryIn, request)))


class DownloadsView(APIView):
    def post(self, request: Request) -> Response:
        return Response(library.download(actor_of(request), _checked(DownloadIn, request)["id"]))


class DownloadView(APIView):
    def delete(self, request: Request, key: str) -> Response:
        return Response(library.cancel(actor_of(request), key))


class DownloadActionView(APIView):
    def post(self, request: Request, key: str, action: str) -> Response:
        act = {"pause": library.pause, "resume": library.resume}.get(action)
        if act is None:
            raise not_found("action")
        return Response(act(actor_of(request), key))


class HeldModelView(APIView):
    def delete(self, request: Request, key: str) -> Response:
        return Response(library.remove(actor_of(request), key))


class ServingView(APIView):
    def post(self, request: Request) -> Response:
        return Response(library.serve(actor_of(request), **_checked(ServingIn, request)))

    def delete(self, request: Request) -> Response:
        return Response(library.stop(actor_of(request)))
