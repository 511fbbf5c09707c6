"""Signed links to material: bound to a viewer and an assignment, expiring, checkable by a CDN without a database."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from rushi.campaigns.models import Material
from rushi.kernel import clock

Kind = Literal["rendition", "poster", "original"]
LIFE_SECONDS = 3 * 3600
STEP_SECONDS = 3600  # expiries are whole hours, so that a page opened twice gives the same address and the cache holds


def media_url(
    material: Material, *, viewer_id: UUID, assignment_id: UUID | None = None, kind: Kind = "rendition"
) -> str:
    """The address of one of a material's files for one viewer (and their assignment), good for two to three hours."""
    until = (int(clock.now().timestamp()) + LIFE_SECONDS) // STEP_SECONDS * STEP_SECONDS
    bound = str(assignment_id or "")
    mark = _signature(material.pk, kind, str(viewer_id), bound, until)
    query = urlencode({"v": viewer_id, "a": bound, "e": until, "s": mark})
    return f"/media/{material.pk}/{kind}?{query}"


def is_good(material_id: UUID, kind: str, viewer: str, assignment: str, until: str, mark: str) -> bool:
    """Whether a link's parts were signed by us and have not expired."""
    if not (until.isascii() and until.isdigit()) or int(until) < clock.now().timestamp():
        return False
    wanted = _signature(material_id, kind, viewer, assignment, int(until))
    return hmac.compare_digest(wanted.encode(), mark.encode())


def _signature(material_id: UUID, kind: str, viewer: str, assignment: str, until: int) -> str:
    text = f"rushi/media/v1:{material_id}:{kind}:{viewer}:{assignment}:{until}"
    mac = hmac.new(settings.ATTENTION_KEY, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()
