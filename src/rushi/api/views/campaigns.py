"""Campaigns until they are funded: made, edited, checked, given to the reviewers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import JsonResponse
from django.utils.translation import gettext
from ninja import File, Query, Router
from ninja.files import UploadedFile

from rushi.api.keys import ApiRequest, needs, organisation
from rushi.api.paging import LIMIT, Cursor, Limit, pack_moment, unpack_moment
from rushi.api.schemas import campaigns as shapes
from rushi.api.schemas.base import Page
from rushi.api.writing import IdempotencyKey, digest, once
from rushi.campaigns import actions, queries, rules
from rushi.campaigns.models import Campaign
from rushi.dispatch import queries as dispatch
from rushi.identity.queries import publication_obstacle
from rushi.kernel import clock
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind
from rushi.policy import actions as policy
from rushi.policy.rules import is_contestable

router = Router(tags=["campaigns"])
Cut = Literal["a", "b"]


def opened(request: ApiRequest, campaign_id: UUID, role: str = "viewer") -> Campaign:
    """A campaign of the key's organisation."""
    return queries.access_campaign(request.auth.user, campaign_id, role)


def shown(campaign_id: UUID) -> shapes.CampaignOut:
    """A campaign as it stands now."""
    return shapes.CampaignOut.from_orm(Campaign.objects.select_related("budget").get(pk=campaign_id))


@router.get("/campaigns", **needs("campaigns:read", "活动列表", Page[shapes.CampaignOut]))
def list_campaigns(
    request: ApiRequest,
    cursor: Cursor = "",
    limit: Limit = LIMIT,
    status: Annotated[shapes.StatusName | None, Query()] = None,
) -> dict[str, Any]:
    """Campaigns, newest first; of one status when asked."""
    rows = queries.campaigns_before(organisation(request).pk, unpack_moment(cursor), limit + 1, status or "")
    last = rows[limit - 1] if len(rows) > limit else None
    return {"items": rows[:limit], "next_cursor": last and pack_moment(last.created_at, last.pk)}


@router.post("/campaigns", **needs("campaigns:write", "新建活动", shapes.CampaignOut, 201))
def create_campaign(request: ApiRequest, body: shapes.NewCampaign, idempotency_key: IdempotencyKey) -> JsonResponse:
    """A new draft with its opening questions."""
    owner, actor_id = organisation(request, "editor"), request.auth.user.pk

    def run() -> shapes.CampaignOut:
        made = actions.create_campaign(actor_id=actor_id, organisation_id=owner.pk, kind=body.kind, key=idempotency_key)
        actions.set_basics(actor_id=actor_id, campaign_id=made.pk, title=body.title, brief=body.brief)
        return shown(made.pk)

    return once(request, idempotency_key, run, body, status=201)


@router.get("/campaigns/{campaign_id}", **needs("campaigns:read", "一个活动", shapes.CampaignOut))
def get_campaign(request: ApiRequest, campaign_id: UUID) -> Any:
    """One campaign."""
    return shown(opened(request, campaign_id).pk)


@router.patch("/campaigns/{campaign_id}", **needs("campaigns:write", "改标题与说明", shapes.CampaignOut))
def edit_campaign(
    request: ApiRequest, campaign_id: UUID, body: shapes.Basics, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Change title or brief. What was approved or rejected becomes a draft again."""
    campaign = opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        title = campaign.title if body.title is None else body.title
        brief = campaign.brief if body.brief is None else body.brief
        actions.set_basics(actor_id=request.auth.user.pk, campaign_id=campaign_id, title=title, brief=brief)
        return shown(campaign_id)

    return once(request, idempotency_key, run, body)


@router.get("/campaigns/{campaign_id}/questions", **needs("campaigns:read", "问题", shapes.QuestionsOut))
def get_questions(request: ApiRequest, campaign_id: UUID) -> dict[str, Any]:
    """The questions, in order."""
    return {"questions": queries.question_drafts(opened(request, campaign_id).pk)}


@router.put("/campaigns/{campaign_id}/questions", **needs("campaigns:write", "改问题", shapes.QuestionsOut))
def set_questions(
    request: ApiRequest, campaign_id: UUID, body: shapes.Questions, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Replace all questions; they are judged at once."""
    opened(request, campaign_id, "editor")
    drafts = [
        rules.QuestionDraft(asked.kind, asked.text.strip(), tuple(asked.options), asked.right_option, asked.is_required)
        for asked in body.questions
    ]

    def run() -> shapes.QuestionsOut:
        actions.set_questions(actor_id=request.auth.user.pk, campaign_id=campaign_id, questions=drafts)
        return shapes.QuestionsOut.from_orm({"questions": queries.question_drafts(campaign_id)})

    return once(request, idempotency_key, run, body)


@router.put("/campaigns/{campaign_id}/audience", **needs("campaigns:write", "改人群", shapes.CampaignOut))
def set_audience(
    request: ApiRequest, campaign_id: UUID, body: shapes.Audience, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """For whom it is; empty lists mean everybody."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        actions.set_audience(actor_id=request.auth.user.pk, campaign_id=campaign_id, **body.model_dump())
        return shown(campaign_id)

    return once(request, idempotency_key, run, body)


@router.put("/campaigns/{campaign_id}/price", **needs("campaigns:write", "改价格与名额", shapes.CampaignOut))
def set_price(
    request: ApiRequest, campaign_id: UUID, body: shapes.Price, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """What a place pays and how many there are. Below the hourly floor it is refused."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        actions.set_price(
            actor_id=request.auth.user.pk,
            campaign_id=campaign_id,
            reward_fen=body.reward_fen,
            places=body.places,
            auto_accept_days=body.auto_accept_days,
            closes_at=clock.shanghai_day_end(body.closes_on) if body.closes_on else None,
        )
        return shown(campaign_id)

    return once(request, idempotency_key, run, body)


@router.post("/quotes", **needs("campaigns:read", "报价", shapes.QuoteOut))
def get_quote(request: ApiRequest, body: shapes.QuoteAsked) -> Any:
    """What a price would cost at the rates in force. Changes nothing."""
    organisation(request)
    return queries.quote(body.reward_fen, body.places)


@router.get("/campaigns/{campaign_id}/cost", **needs("campaigns:read", "活动费用", shapes.CostOut))
def get_cost(request: ApiRequest, campaign_id: UUID) -> dict[str, Any]:
    """What the campaign's places cost, against the balance."""
    campaign = opened(request, campaign_id)
    quote = queries.quote_of(campaign, campaign.places_wanted)
    balance = ledger.balance_fen(AccountKind.ADVERTISER, campaign.organisation_id)
    return {
        **{name: getattr(quote, name) for name in shapes.QuoteOut.model_fields},
        "balance_fen": balance,
        "short_fen": max(0, quote.total_fen - balance),
        "hourly_fen": rules.hourly_fen(campaign.reward_fen, campaign.expected_seconds),
    }


@router.get("/campaigns/{campaign_id}/reach", **needs("campaigns:read", "人群预估", shapes.ReachOut))
def get_reach(request: ApiRequest, campaign_id: UUID) -> Any:
    """What the audience can give in the first 24 hours; for 100 places while none are named."""
    campaign = opened(request, campaign_id)
    return dispatch.day_quote(campaign, clock.now(), places_wanted=campaign.places_wanted or 100)


@router.get("/campaigns/{campaign_id}/materials", **needs("campaigns:read", "视频", shapes.MaterialsOut))
def list_materials(request: ApiRequest, campaign_id: UUID) -> dict[str, Any]:
    """The clips, by cut."""
    return {"materials": list(opened(request, campaign_id).materials.order_by("cut"))}


@router.post(
    "/campaigns/{campaign_id}/materials/{cut}", **needs("campaigns:write", "上传视频", shapes.MaterialOut, 201)
)
def add_material(
    request: ApiRequest, campaign_id: UUID, cut: Cut, file: File[UploadedFile], idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Take a clip (mp4 or webm, 3 s to 5 min, up to 200 MB) for a cut; it replaces the one before.

    The poster and the phone rendition are made in the background: ask for the materials until `status` is `ready`.
    """
    opened(request, campaign_id, "editor")

    def run() -> shapes.MaterialOut:
        made = actions.add_material(actor_id=request.auth.user.pk, campaign_id=campaign_id, cut=cut, upload=file)
        return shapes.MaterialOut.from_orm(made)

    return once(request, idempotency_key, run, {"sha256": digest(file), "name": file.name}, status=201)


@router.delete("/campaigns/{campaign_id}/materials/{cut}", **needs("campaigns:write", "删除视频", shapes.MaterialsOut))
def remove_material(request: ApiRequest, campaign_id: UUID, cut: Cut, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Take a clip away; the answer is what is left."""
    campaign = opened(request, campaign_id, "editor")

    def run() -> shapes.MaterialsOut:
        actions.remove_material(actor_id=request.auth.user.pk, campaign_id=campaign_id, cut=cut)
        return shapes.MaterialsOut.from_orm({"materials": list(campaign.materials.order_by("cut"))})

    return once(request, idempotency_key, run)


@router.get("/campaigns/{campaign_id}/check", **needs("campaigns:read", "提交前检查", shapes.CheckOut))
def check_campaign(request: ApiRequest, campaign_id: UUID) -> dict[str, Any]:
    """What is missing, and what the rules find in the present content, with the law."""
    campaign = opened(request, campaign_id)
    faults = queries.faults(campaign.pk)
    screening = None if faults else policy.screen_campaign(campaign_id=campaign.pk)
    obstacle = publication_obstacle(campaign.organisation_id)
    findings = screening.findings if screening else []
    return {
        "faults": [{"step": fault.step, "message": gettext(fault.message)} for fault in faults],
        "decision": screening.decision if screening else None,
        "findings": findings,
        "is_contestable": bool(findings) and is_contestable(findings),
        "publication_obstacle": gettext(obstacle) if obstacle else "",
    }


@router.post("/campaigns/{campaign_id}/submit", **needs("campaigns:write", "提交审核", shapes.CampaignOut))
def submit_campaign(
    request: ApiRequest, campaign_id: UUID, body: shapes.Contest, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Give a complete draft to the reviewers."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        policy.submit(actor_id=request.auth.user.pk, campaign_id=campaign_id, contest=body.contest)
        return shown(campaign_id)

    return once(request, idempotency_key, run, body)


@router.post("/campaigns/{campaign_id}/withdraw", **needs("campaigns:write", "撤回审核", shapes.CampaignOut))
def withdraw_campaign(request: ApiRequest, campaign_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Take it back from the reviewers, to edit it."""
    opened(request, campaign_id, "editor")

    def run() -> shapes.CampaignOut:
        actions.withdraw_review(actor_id=request.auth.user.pk, campaign_id=campaign_id)
        return shown(campaign_id)

    return once(request, idempotency_key, run)
