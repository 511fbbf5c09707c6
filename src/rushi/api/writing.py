"""Writes that happen once: every one brings an Idempotency-Key, and a repeated one gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.core.files.base import File
from django.http import JsonResponse
from ninja import Header, Schema
from ninja.responses import NinjaJSONEncoder

from rushi.api.keys import ApiRequest
from rushi.audit import actions as audit

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="Names this write. The same key and content get the first answer again; other content is refused.",
    ),
]


def digest(file: File[bytes] | None) -> str:
    """What stands for a file among what must not differ under a key: SHA-256, hex; empty for none."""
    if file is None:
        return ""
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def once(
    request: ApiRequest,
    key: str,
    run: Callable[[], Schema | None],
    payload: Schema | Mapping[str, Any] | None = None,
    status: int = 200,
) -> JsonResponse:
    """Run a write the first time its key is seen for the organisation or agent; afterwards answer the same.

    What names the write is the key; what must not differ under it are method, path and `payload`.
    A refusal (an error) is not kept: the same key may be tried again. Raises KeyReused, and what `run` raises.
    """
    is_first = False

    def first() -> dict[str, Any]:
        nonlocal is_first
        is_first = True
        made = run()
        shown = {} if made is None else json.loads(json.dumps(made.model_dump(), cls=NinjaJSONEncoder))
        return {"body": shown}  # exactly as an operation that reads would say it

    content = payload.model_dump(mode="json") if isinstance(payload, Schema) else dict(payload or {})
    match = request.resolver_match
    answer = audit.once(
        actor_id=request.auth.key.owner_id,
        key=key,
        action=f"api.{request.method}.{match.url_name if match else ''}"[:60],
        payload={"path": request.path, "content": content},
        run=first,
    )
    response = JsonResponse(answer["body"], status=status)
    response["Idempotency-Replayed"] = "false" if is_first else "true"
    return response
