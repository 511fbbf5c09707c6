"""Campaigns from funding to the end, the delivery, and the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from ninja import Router

from rushi.api.keys import ApiRequest, needs
from rushi.api.paging import Cursor, pack, unpack
from rushi.api.schemas import campaigns as shapes
from rushi.api.schemas import reports
from rushi.api.schemas.base import Page
from rushi.api.views.campaigns import opened, shown
from rushi.api.writing import IdempotencyKey, once
from rushi.audit import queries as audit
from rushi.campaigns import actions
from rushi.db import limits
from rushi.dispatch import actions as dispatching
from rushi.dispatch import queries as dispatch
from rushi.identity import queries as identity
from rushi.kernel import clock
from rushi.kernel.errors import Invalid, NotFound
from rushi.measurement import actions as measuring
from rushi.measurement import queries as measurement
from rushi.verdicts import actions as verdicts
from rushi.verdicts import queries as verdict_queries

router = Router(tags=["running"])
RUN = "campaigns:run"


def _do(request: ApiRequest, campaign_id: UUID, named: str, verb: Callable[..., Any], **more: Any) -> JsonResponse:
    """Take one step of a campaign's way, once."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        verb(actor_id=request.auth.user.pk, campaign_id=campaign_id, **more)
        return shown(campaign_id)

    return once(request, named, run, {name: str(value) for name, value in more.items() if name != "key"})


@router.post("/campaigns/{campaign_id}/fund", **needs(RUN, "注资", shapes.CampaignOut))
def fund_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Move places × unit and the reserve from the balance into the campaign's budget."""
    return _do(request, campaign_id, idempotency_key, dispatching.fund, key=idempotency_key)


@router.post("/campaigns/{campaign_id}/publish", **needs(RUN, "发布", shapes.CampaignOut))
def publish_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Open a funded campaign, exactly as it was approved."""
    return _do(request, campaign_id, idempotency_key, actions.publish)


@router.post("/campaigns/{campaign_id}/pause", **needs(RUN, "暂停", shapes.CampaignOut))
def pause_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Stop new claims; held places go on."""
    return _do(request, campaign_id, idempotency_key, actions.pause)


@router.post("/campaigns/{campaign_id}/resume", **needs(RUN, "恢复", shapes.CampaignOut))
def resume_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Take claims again."""
    return _do(request, campaign_id, idempotency_key, actions.resume)


@router.post("/campaigns/{campaign_id}/grow", **needs(RUN, "加名额", shapes.CampaignOut))
def grow_campaign(
    request: ApiRequest, campaign_id: UUID, body: shapes.Growth, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """More places, never fewer; their money comes from the balance."""
    return _do(request, campaign_id, idempotency_key, actions.grow_places, places=body.places, key=idempotency_key)


@router.post("/campaigns/{campaign_id}/extend", **needs(RUN, "延长截止日期", shapes.CampaignOut))
def extend_campaign(
    request: ApiRequest, campaign_id: UUID, body: shapes.Extension, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """A later last day for what is running."""
    closes_at = clock.shanghai_day_end(body.closes_on)
    return _do(request, campaign_id, idempotency_key, actions.extend, closes_at=closes_at)


@router.post("/campaigns/{campaign_id}/close", **needs(RUN, "结束活动", shapes.CampaignOut))
def close_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Offer no more places; held work is done and paid, what is left comes back."""
    return _do(request, campaign_id, idempotency_key, actions.close)


@router.get("/campaigns/{campaign_id}/pace", **needs("campaigns:read", "进度预测", shapes.PaceOut))
def get_pace(request: ApiRequest, campaign_id: UUID) -> Any:
    """How a funded campaign gets on; 404 before funding."""
    found = dispatch.campaign_pace(opened(request, campaign_id).pk, clock.now())
    if found is None:
        raise NotFound
    return found


@router.get("/campaigns/{campaign_id}/history", **needs("campaigns:read", "经过", shapes.HistoryOut))
def get_history(request: ApiRequest, campaign_id: UUID) -> dict[str, Any]:
    """What happened to it; who of the operator's people acted is not told."""
    campaign = opened(request, campaign_id)
    ours = {member.user_id for member in identity.members(campaign.organisation_id)}
    return {
        "history": [
            {"at": row.at, "action": row.action, "is_ours": row.actor_id in ours} for row in audit.history(campaign.pk)
        ]
    }


@router.get("/campaigns/{campaign_id}/delivery", **needs("campaigns:read", "交付", shapes.DeliveryOut))
def get_delivery(request: ApiRequest, campaign_id: UUID) -> Any:
    """The delivery as a whole; 404 until everything is decided."""
    found = verdict_queries.delivery(opened(request, campaign_id).pk)
    if found is None:
        raise NotFound
    return found


@router.post("/campaigns/{campaign_id}/delivery/confirm", **needs(RUN, "确认交付", shapes.DeliveryOut))
def confirm_delivery(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Confirm what was delivered; silence does the same in time."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.DeliveryOut:
        done = verdicts.confirm_delivery(actor_id=request.auth.user.pk, campaign_id=campaign_id)
        return shapes.DeliveryOut.from_orm(done)

    return once(request, idempotency_key, run)


@router.post("/campaigns/{campaign_id}/delivery/dispute", **needs(RUN, "对交付提出异议", shapes.DeliveryOut))
def dispute_delivery(
    request: ApiRequest, campaign_id: UUID, body: shapes.Dispute, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Have a random sample re-examined. Nothing that was paid is taken back."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.DeliveryOut:
        done = verdicts.dispute_delivery(actor_id=request.auth.user.pk, campaign_id=campaign_id, reason=body.reason)
        return shapes.DeliveryOut.from_orm(done)

    return once(request, idempotency_key, run, body)


@router.get("/campaigns/{campaign_id}/report", **needs("reports:read", "报告", reports.ReportOut), tags=["reports"])
def get_report(request: ApiRequest, campaign_id: UUID) -> Any:
    """The report as of now; opinions from ten accepted submissions on."""
    return measurement.report(opened(request, campaign_id).pk, clock.now())


@router.get(
    "/campaigns/{campaign_id}/comments",
    **needs("reports:read", "评论", Page[reports.CommentOut]),
    tags=["reports"],
)
def list_comments(request: ApiRequest, campaign_id: UUID, cursor: Cursor = "") -> dict[str, Any]:
    """Comments of accepted people, newest first; none until ten submissions are accepted."""
    campaign = opened(request, campaign_id)
    try:
        before = UUID(unpack(cursor)) if cursor else None
    except ValueError:
        raise Invalid(field="cursor") from None
    found = measurement.comments(campaign.pk, before)
    return {"items": found.comments, "next_cursor": found.next_before and pack(str(found.next_before))}


@router.get("/campaigns/{campaign_id}/submissions", **needs("reports:export", "导出", bytes), tags=["reports"])
def export_submissions(request: ApiRequest, campaign_id: UUID, form: Literal["csv", "xlsx"] = "csv") -> HttpResponse:
    """The accepted submissions as a file, under names that mean nothing elsewhere; from ten on. Each is noted."""
    campaign = opened(request, campaign_id)
    with limits.patient():
        made = measuring.export_submissions(actor_id=request.auth.user.pk, campaign_id=campaign.pk, form=form)
    response = HttpResponse(made.body, content_type=made.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"report.{form}\"; filename*=UTF-8''{quote(made.name)}"
    return response
