"""Webhooks: endpoints, secrets, the log, and sending again."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import JsonResponse
from ninja import Query, Router

from rushi.api.keys import ApiRequest, needs, organisation
from rushi.api.paging import LIMIT, Cursor, Limit, pack, unpack
from rushi.api.schemas import webhooks as shapes
from rushi.api.schemas.base import Page
from rushi.api.writing import IdempotencyKey, once
from rushi.kernel.errors import Invalid
from rushi.notices import actions, queries
from rushi.notices.models import Endpoint

router = Router(tags=["webhooks"])
READ, WRITE = "webhooks:read", "webhooks:write"


def _opened(request: ApiRequest, webhook_id: UUID) -> Endpoint:
    return queries.access_endpoint(request.auth.user, webhook_id)


@router.get("/webhooks", **needs(READ, "Webhook 列表", shapes.WebhooksOut))
def list_webhooks(request: ApiRequest) -> dict[str, Any]:
    """All endpoints of the organisation (ten at most)."""
    rows = queries.endpoints(organisation(request, "owner").pk)
    return {"webhooks": [row.endpoint for row in rows]}


@router.post("/webhooks", **needs(WRITE, "新建 Webhook", shapes.WebhookOut, 201))
def add_webhook(request: ApiRequest, body: shapes.NewWebhook, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Tell an address about events from now on; ask for the secret next."""
    owner = organisation(request, "owner")

    def run() -> shapes.WebhookOut:
        made = actions.add_endpoint(actor_id=request.auth.user.pk, organisation_id=owner.pk, **body.model_dump())
        return shapes.WebhookOut.from_orm(made)

    return once(request, idempotency_key, run, body, status=201)


@router.get("/webhooks/{webhook_id}", **needs(READ, "一个 Webhook", shapes.WebhookOut))
def get_webhook(request: ApiRequest, webhook_id: UUID) -> Any:
    """One endpoint."""
    return _opened(request, webhook_id)


@router.patch("/webhooks/{webhook_id}", **needs(WRITE, "改 Webhook", shapes.WebhookOut))
def change_webhook(
    request: ApiRequest, webhook_id: UUID, body: shapes.WebhookChange, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Change, stop or start an endpoint. While it is stopped its messages wait."""
    _opened(request, webhook_id)

    def run() -> shapes.WebhookOut:
        done = actions.change_endpoint(
            actor_id=request.auth.user.pk, endpoint_id=webhook_id, **body.model_dump(exclude_unset=True)
        )
        return shapes.WebhookOut.from_orm(done)

    return once(request, idempotency_key, run, body)


@router.delete("/webhooks/{webhook_id}", **needs(WRITE, "删除 Webhook", shapes.ReplayOut))
def remove_webhook(request: ApiRequest, webhook_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Stop for good; secret and log go."""

    def run() -> shapes.ReplayOut:
        _opened(request, webhook_id)
        actions.remove_endpoint(actor_id=request.auth.user.pk, endpoint_id=webhook_id)
        return shapes.ReplayOut(count=0)

    return once(request, idempotency_key, run)


@router.get("/webhooks/{webhook_id}/secret", **needs(WRITE, "查看签名密钥", shapes.SecretOut))
def get_webhook_secret(request: ApiRequest, webhook_id: UUID) -> dict[str, Any]:
    """The secret that messages are signed with. Every look is recorded."""
    _opened(request, webhook_id)
    return {"secret": actions.reveal_secret(actor_id=request.auth.user.pk, endpoint_id=webhook_id)}


@router.post("/webhooks/{webhook_id}/rotate", **needs(WRITE, "更换签名密钥", shapes.WebhookOut))
def rotate_webhook_secret(request: ApiRequest, webhook_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Make a new secret; for 24 hours messages carry signatures of both."""
    _opened(request, webhook_id)

    def run() -> shapes.WebhookOut:
        done = actions.rotate_secret(actor_id=request.auth.user.pk, endpoint_id=webhook_id)
        return shapes.WebhookOut.from_orm(done)

    return once(request, idempotency_key, run)


@router.post("/webhooks/{webhook_id}/test", **needs(WRITE, "发送测试消息", shapes.ReplayOut, 202))
def test_webhook(request: ApiRequest, webhook_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Put a message of type `webhook.test` on its way."""
    _opened(request, webhook_id)

    def run() -> shapes.ReplayOut:
        actions.send_test(actor_id=request.auth.user.pk, endpoint_id=webhook_id)
        return shapes.ReplayOut(count=1)

    return once(request, idempotency_key, run, status=202)


@router.get("/webhooks/{webhook_id}/messages", **needs(READ, "发送记录", Page[shapes.SendingOut]))
def list_messages(
    request: ApiRequest,
    webhook_id: UUID,
    cursor: Cursor = "",
    limit: Limit = LIMIT,
    status: Annotated[Literal["waiting", "sent", "dead"] | None, Query()] = None,
) -> dict[str, Any]:
    """The log, newest first. `dead` messages were given up after three days."""
    _opened(request, webhook_id)
    try:
        before = UUID(unpack(cursor)) if cursor else None
    except ValueError:
        raise Invalid(field="cursor") from None
    rows = queries.sendings(webhook_id, status=status or "", before=before, limit=limit + 1)
    return {"items": rows[:limit], "next_cursor": pack(str(rows[limit - 1].id)) if len(rows) > limit else None}


@router.post("/webhooks/{webhook_id}/messages/{message_id}/replay", **needs(WRITE, "重发一条", shapes.ReplayOut, 202))
def replay_message(
    request: ApiRequest, webhook_id: UUID, message_id: UUID, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Send one message again, with the same `webhook-id`."""
    queries.access_sending(request.auth.user, webhook_id, message_id)
    return _replay(request, webhook_id, idempotency_key, message_id)


@router.post("/webhooks/{webhook_id}/replay", **needs(WRITE, "重发全部已放弃的", shapes.ReplayOut, 202))
def replay_dead_messages(request: ApiRequest, webhook_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Send again all that were given up."""
    _opened(request, webhook_id)
    return _replay(request, webhook_id, idempotency_key, None)


def _replay(request: ApiRequest, webhook_id: UUID, key: str, sending_id: UUID | None) -> JsonResponse:
    def run() -> shapes.ReplayOut:
        actor_id = request.auth.user.pk
        return shapes.ReplayOut(count=actions.replay(actor_id=actor_id, endpoint_id=webhook_id, sending_id=sending_id))

    return once(request, key, run, status=202)
