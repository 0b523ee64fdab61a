"""WebSocket routes: one socket per browser tab."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path

from apps.runs.consumers import StreamConsumer
from apps.runs.sockets import SameOriginOnly

websocket_application = SameOriginOnly(URLRouter([path("ws", StreamConsumer.as_asgi())]))
