"""The ASGI application: the front end's files, HTTP by Django behind a bound on bodies, WebSockets by Channels."""

import os
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weft.settings.base")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

# Only now: models must be loaded before consumers are imported.
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from weft.http.body_limit import BodyLimit  # noqa: E402
from weft.http.request_threads import RequestThreads  # noqa: E402
from weft.http.static import StaticFiles  # noqa: E402
from weft.routing import websocket_application  # noqa: E402

http_application = StaticFiles(
    RequestThreads(BodyLimit(cast(Any, django_application), uploads=settings.MAX_UPLOAD_BYTES)),
    settings.FRONTEND_DIST,
    prefix=f"{settings.STATIC_URL}app/",
    aliases={"/embed.js": "embed.js", "/embed.min.js": "embed.js"},
)
application = ProtocolTypeRouter({"http": http_application, "websocket": websocket_application})
