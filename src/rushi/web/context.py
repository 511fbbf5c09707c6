"""What every page knows: brand, company numbers, whether this is the demo, the person's portals."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from rushi.identity import queries as identity


def site(request: HttpRequest) -> dict[str, Any]:
    """Template variables common to all pages."""
    return {
        "doors": SimpleLazyObject(lambda: identity.doors(request.user)),
        "brand": settings.BRAND,
        "company": settings.COMPANY,
        "icp_number": settings.ICP_NUMBER,
        "police_record": settings.POLICE_RECORD,
        "is_demo": settings.IS_DEMO,
        "sandbox_url": settings.SANDBOX_URL,
        "LANGUAGE_CODE": get_language() or settings.LANGUAGE_CODE,
    }
