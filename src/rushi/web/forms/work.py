"""What the player sends, parsed. Anything malformed is refused as a whole; values are judged elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from rushi.evidence.attention import REPORTS_MAX, Report
from rushi.kernel.errors import Invalid

BODY_BYTES_MAX = 32_768
_MS_MAX = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class BeatForm:
    """One message of the player: the token, reports since the last one, and what it is about to do."""

    token: str
    reports: list[Report]
    is_leaving: bool
    leave: str


def parse_beat(request: HttpRequest) -> BeatForm:
    """The player's JSON body. Raises Invalid."""
    try:
        if int(request.headers.get("Content-Length") or 0) > BODY_BYTES_MAX:
            raise Invalid
        body = json.loads(request.body)
        reports = [_report(row) for row in body["reports"][:REPORTS_MAX]]
        return BeatForm(str(body["token"]), reports, bool(body.get("leaving")), str(body.get("leave") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Invalid from error


def _report(row: dict[str, Any]) -> Report:
    return Report(
        cut=str(row["cut"]),
        position_ms=max(0, min(int(row["position_ms"]), _MS_MAX)),
        seq=max(0, min(int(row["seq"]), 2**31)),
        rate=float(row["rate"]),
        visible=row["visible"] is True,
        focused=row["focused"] is True,
        jumped=row.get("jumped") is True,
        at_ms=max(0, min(int(row["at_ms"]), _MS_MAX)) if "at_ms" in row else None,
    )


def parse_answers(data: QueryDict) -> dict[str, str]:
    """The answers of a form: fields named `q-<question id>`."""
    return {name[2:]: str(value) for name, value in data.items() if name.startswith("q-")}
