"""The wizard: kind and name, material, questions, audience, price and places, the check. Every step keeps its draft."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from rushi.audit import queries as audit
from rushi.campaigns import actions, queries, rules
from rushi.campaigns.models import Campaign, Kind, Question
from rushi.dispatch import queries as dispatch
from rushi.identity import queries as identity
from rushi.kernel import clock
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.policy import actions as policy
from rushi.policy.rules import is_contestable
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.forms import add_refusal
from rushi.web.forms.console import (
    AudienceForm,
    BasicsForm,
    NewCampaignForm,
    PriceForm,
    edited,
    read_questions,
)
from rushi.web.methods import page_with_form
from rushi.web.templatetags.rushi import tr
from rushi.web.views.console.desk import EDITABLE, campaign_view, clip_box, current, page

STEPS = (
    ("basics", "种类与名称"),
    ("material", "视频"),
    ("questions", "问题"),
    ("audience", "人群"),
    ("price", "价格与名额"),
    ("check", "检查与提交"),
)
LATER_KINDS = (Kind.SURVEY, Kind.TRIAL, Kind.CREATION, Kind.REFERRAL)
HTMX_STOP = 286
PLACES_FIRST = 100


def step(request: HttpRequest, campaign: Campaign, name: str, context: dict[str, Any]) -> HttpResponse:
    """Render one step with the rail; a campaign past editing has its own page instead."""
    if campaign.status not in EDITABLE:
        return redirect("campaign", campaign.pk)
    missing = {fault.step for fault in queries.faults(campaign.pk)}
    rail = [(key, label, f"edit_{key}", key == name, key not in missing and key != "check") for key, label in STEPS]
    return page(request, f"edit_{name}", {"campaign": campaign, "rail": rail, **context})


def onward(request: HttpRequest, campaign: Campaign, name: str) -> HttpResponse:
    """After a saved step: the next one, or back to the list when that was asked."""
    if "later" in request.POST:
        messages.success(request, gettext("草稿已保存。"))
        return redirect("console")
    if not queries.faults(campaign.pk):
        return redirect("edit_check", campaign.pk)
    names = [key for key, _label in STEPS]
    return redirect(f"edit_{names[names.index(name) + 1]}", campaign.pk)


@page_with_form
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Choose a kind and a name; the draft exists from here on."""
    acting = current(request)
    if acting is None:
        return redirect("console")
    identity.access_organisation(request.user, acting.id, "editor")
    form = NewCampaignForm(request.POST or None, initial={"key": str(uuid7())})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            campaign = actions.create_campaign(
                actor_id=actor(request), organisation_id=acting.id, kind=given["kind"], key=given["key"]
            )
            actions.set_basics(
                actor_id=actor(request), campaign_id=campaign.pk, title=given["title"], brief=given["brief"]
            )
            return after_basics(request, campaign)
        except RushiError as error:
            add_refusal(form, error)
    return page(request, "new", {"form": form, "later_kinds": LATER_KINDS})


@page_with_form
@campaign_view("editor")
def basics(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Title and brief."""
    form = BasicsForm(request.POST or None, initial={"title": campaign.title, "brief": campaign.brief})
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_basics(actor_id=actor(request), campaign_id=campaign.pk, **form.cleaned_data)
            return after_basics(request, campaign)
        except RushiError as error:
            add_refusal(form, error)
    return step(request, campaign, "basics", {"form": form, "findings": _said(campaign)})


def after_basics(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """On to the clips, unless title or brief say what can never be published: then it is said at once."""
    if "later" not in request.POST and any(finding["severity"] == "block" for finding in _said(campaign)):
        messages.warning(request, gettext("草稿已保存，但标题或说明里有不能发布的内容，见下面。"))
        return redirect("edit_basics", campaign.pk)
    return onward(request, campaign, "basics")


def _said(campaign: Campaign) -> list[dict[str, Any]]:
    """What the rules find in title and brief."""
    found = policy.screen_campaign(campaign_id=campaign.pk).findings
    return [finding for finding in found if finding["field"] in {"title", "brief"}]


@page_with_form
@campaign_view("editor")
def material(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The clips, one a cut."""
    if request.method == "POST" and ("later" in request.POST or _has_clips(campaign)):
        return onward(request, campaign, "material")
    if request.method == "POST":
        messages.warning(request, gettext("还没有上传视频：选好文件后会自动上传，传完再继续。"))
    cuts = [_clip(request, campaign, cut) for cut in rules.cuts(campaign.kind)]
    return step(request, campaign, "material", {"cuts": cuts})


@page_with_form
@campaign_view("editor")
def clip(request: HttpRequest, campaign: Campaign, cut: str) -> HttpResponse:
    """One clip's box: upload, replace, remove; polled while it is being processed."""
    fault = ""
    if request.method == "POST":
        try:
            if "remove" in request.POST:
                actions.remove_material(actor_id=actor(request), campaign_id=campaign.pk, cut=cut)
            elif upload := request.FILES.get("upload"):
                actions.add_material(actor_id=actor(request), campaign_id=campaign.pk, cut=cut, upload=upload)
            else:
                fault = gettext("请先选择一个视频文件。")
        except RushiError as error:
            fault = tr(error)
    box = _clip(request, campaign, cut)
    context = {"campaign": campaign, "box": box, "fault": fault}
    waiting = box["material"] is not None and box["material"].status == "processing"
    polled = request.method in {"GET", "HEAD"} and not waiting
    return render(request, "web/console/clip.html", context, status=HTMX_STOP if polled else 200)


def _has_clips(campaign: Campaign) -> bool:
    return campaign.materials.count() >= len(rules.cuts(campaign.kind))


def _clip(request: HttpRequest, campaign: Campaign, cut: str) -> dict[str, Any]:
    return clip_box(campaign, campaign.materials.filter(cut=cut).first(), cut, actor(request))


@page_with_form
@campaign_view("editor")
def questions(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The questions; adding, moving and removing keep everything typed so far."""
    drafts, faults = queries.question_drafts(campaign.pk), []
    if request.method == "POST":
        command = "keep" if "later" in request.POST else request.POST.get("do", "save")
        drafts = edited(read_questions(request.POST), command)
        faults = _save_questions(request, campaign, drafts, command)
        if not faults and command in {"keep", "save"}:
            return onward(request, campaign, "questions")
    kinds = [(value, label) for value, label in Question.Kind.choices if value in rules.question_kinds(campaign.kind)]
    main = rules.question_kinds(campaign.kind)[0]
    blank = range(6)
    return step(
        request,
        campaign,
        "questions",
        {"drafts": drafts, "faults": faults, "kinds": kinds, "main": main, "option_places": blank},
    )


def _save_questions(
    request: HttpRequest, campaign: Campaign, drafts: list[rules.QuestionDraft], command: str
) -> list[str]:
    """Keep what is written whatever it is, judge it when the step is to be left; what is wrong, in words."""
    person = actor(request)
    try:
        actions.keep_questions(actor_id=person, campaign_id=campaign.pk, questions=drafts)
        if command == "save":
            actions.set_questions(actor_id=person, campaign_id=campaign.pk, questions=drafts)
    except RushiError as error:
        return [tr(error)]
    return []


@page_with_form
@campaign_view("editor")
def audience(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """For whom; nothing chosen means everybody."""
    fields = ("regions", "age_bands", "genders", "interests", "excluded_campaigns")
    initial = {name: [str(value) for value in getattr(campaign, name)] for name in fields}
    earlier = queries.earlier_campaigns(campaign.organisation_id, campaign.pk)
    form = AudienceForm(request.POST or None, initial=initial, earlier=earlier)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_audience(actor_id=actor(request), campaign_id=campaign.pk, **form.cleaned_data)
            return onward(request, campaign, "audience")
        except RushiError as error:
            add_refusal(form, error)
    day = dispatch.day_quote(campaign, clock.now(), places_wanted=campaign.places_wanted or PLACES_FIRST)
    return step(request, campaign, "audience", {"form": form, "day": day})


@require_safe
@campaign_view("editor")
def audience_size(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """How many people the audience as ticked now holds, and how fast they can be expected to answer."""
    earlier = queries.earlier_campaigns(campaign.organisation_id, campaign.pk)
    form = AudienceForm(request.GET, earlier=earlier)
    places = campaign.places_wanted or PLACES_FIRST
    typed = {**form.cleaned_data, "places_wanted": places} if form.is_valid() else None
    day = dispatch.day_quote(campaign, clock.now(), **typed) if typed else None
    return render(request, "web/console/audience_size.html", {"day": day})


@page_with_form
@campaign_view("editor")
def price(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """What a place pays and how many there are, with the whole cost."""
    floor = audit.setting("hourly_floor_fen")
    suggested = rules.suggested_reward_fen(campaign.expected_seconds, floor)
    reward_fen = campaign.reward_fen or suggested
    form = PriceForm(request.POST or None, initial=_price_initial(campaign, reward_fen))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.set_price(
                actor_id=actor(request),
                campaign_id=campaign.pk,
                reward_fen=given["reward"].fen,
                places=given["places"],
                auto_accept_days=given["auto_accept_days"],
                closes_at=_closes_at(given["closes_on"]),
            )
            return onward(request, campaign, "price")
        except RushiError as error:
            add_refusal(form, error)
    context = {"form": form, "suggested_fen": suggested, "floor_fen": floor}
    typed = form.cleaned_data if form.is_bound else {}
    reward_fen = typed["reward"].fen if typed.get("reward") else reward_fen
    places = typed.get("places") or campaign.places_wanted or PLACES_FIRST
    closes_at = _closes_at(typed.get("closes_on")) if form.is_bound else campaign.closes_at
    return step(request, campaign, "price", {**context, **_quoted(campaign, reward_fen, places, closes_at)})


def _closes_at(day: dt.date | None) -> dt.datetime | None:
    return clock.shanghai_day_end(day) if day else None


def _price_initial(campaign: Campaign, reward_fen: int) -> dict[str, Any]:
    closes_on = clock.shanghai_day(campaign.closes_at - dt.timedelta(seconds=1)) if campaign.closes_at else None
    return {
        "reward": f"{reward_fen // 100}.{reward_fen % 100:02d}",
        "places": campaign.places_wanted or PLACES_FIRST,
        "auto_accept_days": campaign.auto_accept_days,
        "closes_on": closes_on,
    }


def _quoted(campaign: Campaign, reward_fen: int, places: int, closes_at: dt.datetime | None) -> dict[str, Any]:
    quote = queries.quote(reward_fen, places)
    hourly = rules.hourly_fen(reward_fen, campaign.expected_seconds)
    day = dispatch.day_quote(campaign, clock.now(), reward_fen=reward_fen, places_wanted=places, closes_at=closes_at)
    return {"quote": quote, "hourly_fen": hourly, "is_low": hourly < audit.setting("hourly_floor_fen"), "day": day}


@require_safe
@campaign_view("editor")
def quote(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The cost of the price as typed now."""
    form = PriceForm(request.GET)
    form.is_valid()
    reward, places = form.cleaned_data.get("reward"), form.cleaned_data.get("places")
    closes_at = _closes_at(form.cleaned_data.get("closes_on"))
    context = _quoted(campaign, reward.fen, places, closes_at) if reward and places else {}
    return render(request, "web/console/quote.html", {"campaign": campaign, **context})


@page_with_form
@campaign_view("editor")
def check(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """What is missing, what the rules find, what it costs; then to the reviewers."""
    faults = queries.faults(campaign.pk)
    screening = policy.screen_campaign(campaign_id=campaign.pk) if not faults else None
    if request.method == "POST" and not faults:
        try:
            contest = request.POST.get("contest", "")
            policy.submit(actor_id=actor(request), campaign_id=campaign.pk, contest=contest)
            messages.success(request, gettext("已提交审核，通常当天有结果。"))
            return redirect("campaign", campaign.pk)
        except RushiError as error:
            refused(request, error)
    blocked = screening is not None and screening.decision == "block"
    may_contest = blocked and screening is not None and is_contestable(screening.findings)
    context: dict[str, Any] = {"faults": faults, "screening": screening}
    context |= {"blocked": blocked, "may_contest": may_contest}
    context["publication_obstacle"] = identity.publication_obstacle(campaign.organisation_id)
    if campaign.reward_fen and campaign.places_wanted:
        context |= _quoted(campaign, campaign.reward_fen, campaign.places_wanted, campaign.closes_at)
    return step(request, campaign, "check", context)
