"""Whose lake it is: the first run writes down its site, and no other site's tables are mixed with its own."""

import json

from pydantic import BaseModel, ConfigDict, ValidationError

from analytics.errors import LakeError
from analytics.lake.paths import SITE_PATH
from analytics.lake.store import Store


class _Owner(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    site_id: str


def site_of(store: Store) -> str | None:
    """Return the id of the site that a lake belongs to, or None where none has claimed it.

    Raises:
        LakeError: the lake cannot be read, or what it says of its site is damaged.
    """
    if not store.exists(SITE_PATH):
        return None
    try:
        return _Owner.model_validate_json(store.read(SITE_PATH)).site_id
    except ValidationError as error:
        raise LakeError(f"{SITE_PATH} is damaged: delete it, the next run writes its own site there") from error


def claim(store: Store, site_id: str) -> str:
    """Make the lake a site's unless it is one's already; return whose it is. Of many who try at once one gets it.

    Raises:
        LakeError: the lake cannot be read or written, or what it says of its site is damaged.
    """
    owner = site_of(store)
    if owner is not None:
        return owner
    content = json.dumps({"site_id": site_id}, ensure_ascii=False) + "\n"
    if store.create(SITE_PATH, content.encode()):
        return site_id
    return site_of(store) or site_id
