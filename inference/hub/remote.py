"""What a hub has of a model, asked through huggingface_hub: the files that are needed, and why there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not in __all__

from inference.hub.plan import HubError, Remote, RemoteFile

TIMEOUT_S = 10.0
MAX_WORDS_BYTES = 256 << 20
"""Of a file without weights, which is read whole; the longest tokenizers have 40 MB."""
_WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
"""Of transformers' own form; some repositories hold the same weights in others beside it."""
_WORDS = frozenset(
    {
        "config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "LICENSE", "LICENSE.txt",
    }
)  # fmt: skip


def look(model_id: str, endpoint: str) -> Remote:
    """Ask the hub. Raises HubError, also for a repository that holds nothing that could be served."""
    with told(model_id, endpoint):
        try:
            info = HfApi(endpoint=endpoint).model_info(model_id, files_metadata=True, timeout=TIMEOUT_S)
            found = [_file(sibling) for sibling in info.siblings or [] if _needed(sibling.rfilename)]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise HubError(
                "hub_refused",
                f"{endpoint} answers, but not as a hub does: log in to the network where it asks for that, or correct "
                "HF_ENDPOINT.",
            ) from error
    files = tuple(
        sorted(found, key=lambda file: (file.holds_weights, 0 if file.holds_weights else file.size, file.name))
    )
    names = {file.name for file in files}
    for name, code in (("config.json", "unsupported_model"), ("tokenizer.json", "tokenizer_missing")):
        if name not in names:
            raise HubError(code, f"{model_id} has no {name} on {endpoint}; choose a repository in transformers' form.")
    if not any(file.holds_weights for file in files):
        raise HubError(
            "weights_missing", f"{model_id} has no safetensors on {endpoint}; choose a repository that holds them."
        )
    if long := next((file for file in files if not file.holds_weights and file.size > MAX_WORDS_BYTES), None):
        raise HubError(
            "unsupported_model", f"{long.name} of {model_id} has {long.size / 1e6:.0f} MB; choose another repository."
        )
    card: Any = info.card_data or {}
    return Remote(model_id, str(info.sha), files, card.get("license_name") or card.get("license"), bool(info.gated))


def address_of(remote: Remote, file: RemoteFile, endpoint: str) -> tuple[str, dict[str, str]]:
    """Where a file's bytes are, and the headers to send: with the token of HF_TOKEN or of the user's login."""
    url = hf_hub_url(remote.model_id, file.name, revision=remote.revision, endpoint=endpoint)
    # Compressed answers have no ranges.
    return url, build_hf_headers() | {"accept-encoding": "identity"}


@contextmanager
def told(model_id: str, endpoint: str) -> Iterator[None]:
    """Turns the library's errors into HubError."""
    try:
        yield
    except GatedRepoError as error:
        raise HubError(
            "hub_gated",
            f"{model_id} is gated: accept its terms on {endpoint}/{model_id}, and start the model server with HF_TOKEN "
            "of that account.",
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise _missing(model_id, endpoint) from error
    except HfHubHTTPError as error:
        raise refused(model_id, endpoint, error.response.status_code) from error
    except OfflineModeIsEnabled as error:
        raise HubError("hub_disabled", "Downloads are switched off by HF_HUB_OFFLINE.") from error
    except httpx2.HTTPError as error:
        raise unreachable(endpoint, error) from error


def unreachable(endpoint: str, error: Exception) -> HubError:
    return HubError(
        "hub_unreachable",
        f"{endpoint} does not answer ({error or type(error).__name__}); what came is kept, and it goes on from there.",
    )


def _missing(model_id: str, endpoint: str) -> HubError:
    return HubError(
        "hub_not_found", f"{endpoint} shows no model {model_id}: check the id; a private one needs HF_TOKEN."
    )


def refused(model_id: str, endpoint: str, status: int, reason: str | None = None) -> HubError:
    """What a status means. reason: the hub's own word for it, from the header X-Error-Code."""
    if status == 404 or reason == "RepoNotFound":
        return _missing(model_id, endpoint)
    if status in (401, 403):
        return HubError(
            "hub_gated",
            f"{endpoint} refuses {model_id} with status {status}: accept its terms there, and start the model server "
            "with HF_TOKEN of that account.",
        )
    if status == 429 or status >= 500:
        return HubError("hub_unreachable", f"{endpoint} answers {status} now; it goes on from there later.")
    return HubError("hub_refused", f"{endpoint} answers {status} for {model_id}.")


def _needed(name: str) -> bool:
    return name in _WORDS or _WEIGHTS.fullmatch(name) is not None


def _file(sibling: Any) -> RemoteFile:
    digest = f"sha256:{sibling.lfs.sha256}" if sibling.lfs is not None else f"git:{sibling.blob_id}"
    return RemoteFile(sibling.rfilename, int(sibling.size or 0), digest)
