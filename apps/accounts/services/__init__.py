"""What the rest of the house may ask of accounts."""

from apps.accounts.services.actors import (
    Actor,
    actor_for_user,
    actor_of,
    require,
    require_operator,
    workspace_actor,
)
from apps.accounts.services.audit import record
from apps.accounts.services.keys import flush_key_uses, issue_key, keys_of_app, keys_of_datasets, revoke_key, verify_key
from apps.accounts.services.profile import rename_workspace, update_profile
from apps.accounts.services.sessions import sign_in
from apps.accounts.services.setup import complete_setup, issue_setup_token, setup_needed

__all__ = [
    "Actor",
    "actor_for_user",
    "actor_of",
    "complete_setup",
    "flush_key_uses",
    "issue_key",
    "issue_setup_token",
    "keys_of_app",
    "keys_of_datasets",
    "record",
    "rename_workspace",
    "require",
    "require_operator",
    "revoke_key",
    "setup_needed",
    "sign_in",
    "update_profile",
    "verify_key",
    "workspace_actor",
]
