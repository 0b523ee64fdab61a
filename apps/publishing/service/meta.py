"""What a client asks about an app before it shows it: /v1/info, /v1/parameters, /v1/meta, /v1/site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.publishing.callers import Caller
from apps.publishing.models import Site
from apps.publishing.service.http import endpoint
from weft.db.aio import call_db

FORM_TYPES = {
    "text": "text-input",
    "paragraph": "paragraph",
    "select": "select",
    "number": "number",
    "checkbox": "checkbox",
    "file": "file",
    "file-list": "file-list",
    "json": "json_object",
}
DIFY_MODES = {"chat": "advanced-chat", "workflow": "workflow"}
OFF = {"enabled": False}


async def info(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    return JsonResponse(
        {
            "name": caller.name,
            "description": caller.description,
            "tags": [],
            "mode": DIFY_MODES[caller.mode],
            "author_name": "",
        }
    )


async def parameters(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    features = caller.features
    limit_mb = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
    return JsonResponse(
        {
            "opening_statement": features.get("opening_statement", ""),
            "suggested_questions": features.get("suggested_questions", []),
            "suggested_questions_after_answer": OFF,
            "speech_to_text": OFF,
            "text_to_speech": OFF,
            "retriever_resource": {"enabled": caller.shows_sources},
            "annotation_reply": OFF,
            "more_like_this": OFF,
            "sensitive_word_avoidance": OFF,
            "user_input_form": [form_item(variable) for variable in caller.start_variables],
            "file_upload": {
                "image": {"enabled": False, "number_limits": 3, "transfer_methods": ["local_file", "remote_url"]}
            },
            "system_parameters": {
                "file_size_limit": limit_mb,
                "image_file_size_limit": limit_mb,
                "audio_file_size_limit": limit_mb,
                "video_file_size_limit": limit_mb,
                "workflow_file_upload_limit": 10,
            },
        }
    )


def form_item(variable: dict[str, Any]) -> dict[str, Any]:
    """One start variable in Dify's single-key form. The key a run must send is `variable`."""
    kind = FORM_TYPES.get(variable.get("type", "text"), "text-input")
    value = {
        "label": variable.get("label") or variable["name"],
        "variable": variable["name"],
        "required": bool(variable.get("required")),
        "default": variable.get("default") if variable.get("default") is not None else "",
    }
    for key in ("max_length", "options", "description"):
        if variable.get(key):
            value[key] = variable[key]
    return {kind: value}


async def meta(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    return JsonResponse({"tool_icons": {}})


async def site(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    found = await call_db(lambda: Site.objects.filter(app_id=caller.app_id).first())
    return JsonResponse(
        {
            "title": (found.title if found else "") or caller.name,
            "icon_type": "emoji",
            "icon": "",
            "icon_background": "",
            "icon_url": None,
            "description": caller.description,
            "copyright": "",
            "privacy_policy": "",
            "custom_disclaimer": "",
            "default_language": "en-US",
            "chat_color_theme": "",
            "chat_color_theme_inverted": False,
            "show_workflow_steps": True,
            "use_icon_as_answer_icon": False,
            "input_placeholder": "",
        }
    )


info_view = endpoint(GET=info)
parameters_view = endpoint(GET=parameters)
meta_view = endpoint(GET=meta)
site_view = endpoint(GET=site)
