"""Reads of campaigns: for their members, for the gate, for the wizard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import F, Q

from rushi.audit.queries import setting
from rushi.campaigns import rules
from rushi.campaigns.models import Budget, Campaign, Material, Status
from rushi.identity.models import User
from rushi.identity.queries import access_organisation
from rushi.kernel import clock
from rushi.kernel.errors import NotFound

PAGE = 20
EARLIER_MAX = 50


def access_campaign(user: User | AnonymousUser, campaign_id: UUID, role: str = "viewer") -> Campaign:
    """A campaign of an organisation that this user acts for with at least `role`. Raises NotFound, NotAllowed."""
    found = Campaign.objects.select_related("organisation").filter(pk=campaign_id).first()
    if found is None:
        raise NotFound
    access_organisation(user, found.organisation_id, role)
    return found


def campaigns_of(organisation_id: UUID, statuses: Sequence[str] | None = None, page: str = "1") -> Page[Campaign]:
    """A page of an organisation's campaigns with their budgets, newest first; `statuses` None means all."""
    rows = Campaign.objects.filter(organisation_id=organisation_id).select_related("budget")
    if statuses is not None:
        rows = rows.filter(status__in=statuses)
    return Paginator(rows.order_by("-created_at", "-id"), PAGE).get_page(page)


def campaigns_before(
    organisation_id: UUID, before: tuple[dt.datetime, UUID] | None, limit: int, status: str = ""
) -> list[Campaign]:
    """An organisation's campaigns with their budgets, newest first, after the row that ended the page before."""
    rows = Campaign.objects.filter(organisation_id=organisation_id).select_related("budget")
    if status:
        rows = rows.filter(status=status)
    if before is not None:
        at, id_ = before
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=id_))
    return list(rows.order_by("-created_at", "-id")[:limit])


def earlier_campaigns(organisation_id: UUID, but: UUID) -> list[tuple[str, str]]:
    """(id, title) of the organisation's other published campaigns, newest first, for exclusions."""
    rows = Campaign.objects.filter(organisation_id=organisation_id, published_at__isnull=False).exclude(pk=but)
    found = rows.order_by("-published_at").values_list("pk", "title")[:EARLIER_MAX]
    return [(str(pk), title) for pk, title in found]


def budget(campaign_id: UUID) -> Budget | None:
    """The budget of a funded campaign; None before funding."""
    return Budget.objects.filter(pk=campaign_id).first()


def budgets_of(organisation_ids: Sequence[UUID]) -> list[Budget]:
    """The budgets, with their campaigns, of what these organisations have running or closing."""
    if not organisation_ids:
        return []
    running = (Status.LIVE, Status.PAUSED, Status.CLOSING)
    rows = Budget.objects.filter(campaign__organisation__in=organisation_ids, campaign__status__in=running)
    return list(rows.select_related("campaign").order_by("pk"))


def rates() -> rules.Rates:
    """The rates in force now."""
    return rules.Rates(
        fee_bps=setting("platform_fee_bps"),
        commission_bps=setting("agent_commission_bps_max"),
        reserve_bps=setting("reserve_bps"),
    )


def quote(reward_fen: int, places: int) -> rules.Quote:
    """What `places` at `reward_fen` cost at the rates in force."""
    return rules.quote(reward_fen, places, rates())


def quote_of(campaign: Campaign, places: int) -> rules.Quote:
    """What `places` of a priced campaign cost: at its own price, with the reserve in force."""
    reserve = -(-campaign.unit_fen * places * setting("reserve_bps") // 10_000)
    return rules.Quote(campaign.reward_fen, campaign.commission_fen_max, campaign.fee_fen, places, reserve)


def question_drafts(campaign_id: UUID) -> list[rules.QuestionDraft]:
    """The questions of a campaign as the wizard edits them, in order."""
    campaign = Campaign.objects.get(pk=campaign_id)
    return [
        rules.QuestionDraft(row.kind, row.text, tuple(row.options), row.right_option, row.is_required)
        for row in campaign.questions.order_by("position")
    ]


def content(campaign_id: UUID) -> rules.CampaignContent:
    """All that would be shown to people, for screening and for the digest. Raises NotFound."""
    campaign = Campaign.objects.select_related("organisation").filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound
    materials = list(campaign.materials.order_by("cut"))
    return rules.CampaignContent(
        campaign_id=campaign.pk,
        organisation_name=campaign.organisation.name,
        kind=campaign.kind,
        title=campaign.title,
        brief=campaign.brief,
        questions=tuple(question_drafts(campaign_id)),
        material_names=tuple(row.original_name for row in materials),
        material_sha256=tuple(row.sha256 for row in materials),
        reward_fen=campaign.reward_fen,
    )


def faults(campaign_id: UUID) -> list[rules.Fault]:
    """What a draft still lacks before it can be submitted, in the wizard's order. Raises NotFound."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound
    found = []
    if not campaign.title or not campaign.brief:
        found.append(rules.Fault("basics", "请写标题和说明。"))
    found += _material_faults(campaign)
    questions = rules.question_faults(campaign.kind, question_drafts(campaign_id))
    found += [rules.Fault("questions", message) for message in questions]
    if not campaign.places_wanted or not campaign.reward_fen:
        found.append(rules.Fault("price", "请填报酬和名额。"))
    elif campaign.reward_fen < rules.suggested_reward_fen(campaign.expected_seconds, setting("hourly_floor_fen")):
        found.append(rules.Fault("price", "报酬低于最低时薪，请提高报酬或减少问题。"))
    if campaign.closes_at is not None and campaign.closes_at <= clock.now():
        found.append(rules.Fault("price", "截止日期已过，请改一个。"))
    return found


def _material_faults(campaign: Campaign) -> list[rules.Fault]:
    held = {row.cut: row for row in campaign.materials.all()}
    missing = [cut for cut in rules.cuts(campaign.kind) if cut not in held]
    if missing:
        both = campaign.kind == "compare"
        return [rules.Fault("material", "请上传 A、B 两版视频。" if both else "请上传视频。")]
    if any(row.status == Material.Status.FAILED for row in held.values()):
        return [rules.Fault("material", "有视频无法处理，请换一个文件。")]
    if any(row.status == Material.Status.PROCESSING for row in held.values()):
        return [rules.Fault("material", "视频还在处理，请稍等。")]
    return []


def ending(now: dt.datetime, limit: int) -> list[UUID]:
    """Campaigns to close (all places accepted, or past their date) or to go on closing (money became free)."""
    running = Q(status__in=["live", "paused"])
    is_full = Q(budget__accepted__gte=F("budget__places") + F("budget__overturned"))
    is_over = Q(closes_at__lte=now)
    free = F("budget__budget_fen") - F("budget__reserved_fen") - F("budget__spent_fen") - F("budget__refunded_fen")
    rows = Campaign.objects.annotate(free_fen=free).filter(
        running & (is_full | is_over) | Q(status="closing") & (Q(free_fen__gt=0) | Q(budget__reserved_fen=0))
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
