"""The ASGI application: HTTP by Django, WebSockets by Channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weft.settings.base")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from weft.routing import websocket_application  # noqa: E402  (models must be loaded before consumers are imported)

from channels.routing import ProtocolTypeRouter  # noqa: E402, I001

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application})
