"""Who of a workspace sees a dataset: shown to those who see it, changed by its maker and by admins.

The rule itself is `selectors.visible`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Membership, Role, User
from apps.accounts.services import Actor, record, require
from apps.knowledge.models import Dataset, Permission
from apps.knowledge.selectors import dataset_by_id
from weft.http.errors import WeftError, invalid


@dataclass(frozen=True, slots=True)
class Access:
    """`members` are those that `some` names; with other permissions they wait for `some` to be chosen again."""

    permission: Permission
    members: list[User]
    may_change: bool


def access_of(actor: Actor, dataset_id: UUID) -> Access:
    dataset = dataset_by_id(actor, dataset_id)
    members = list(dataset.members.order_by("name", "id"))
    return Access(Permission(dataset.permission), members, _may_change(actor, dataset))


@transaction.atomic
def set_access(
    actor: Actor, dataset_id: UUID, permission: Permission, member_ids: Sequence[UUID] | None = None
) -> Access:
    """Without `member_ids` the list of members stays as it is."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    if not _may_change(actor, dataset):
        message = f"Only the maker of {dataset.name} and the workspace's admins choose who sees it."
        raise WeftError("forbidden", message, 403)
    if member_ids is not None:
        dataset.members.set(_people(actor, member_ids))
    dataset.permission = permission
    dataset.save(update_fields=["permission", "updated_at"])
    record(actor.workspace_id, actor.user, "dataset.access", dataset.name, permission=str(permission))
    return access_of(actor, dataset_id)


def _may_change(actor: Actor, dataset: Dataset) -> bool:
    own = actor.user is not None and dataset.created_by_id == actor.user.id
    return actor.may(Role.ADMIN) or (own and actor.may(Role.EDITOR))


def _people(actor: Actor, ids: Sequence[UUID]) -> list[User]:
    members = Membership.objects.filter(workspace=actor.workspace, user_id__in=ids).select_related("user")
    known = {each.user_id: each.user for each in members}
    for user_id in ids:
        if user_id not in known:
            message = f"Nobody in {actor.workspace.name} has the id {user_id}. Choose members of the workspace."
            raise invalid("members", message, "member_unknown", workspace=actor.workspace.name)
    return list(known.values())
