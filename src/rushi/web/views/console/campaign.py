"""Running a campaign: its page, funding, publishing, pausing, more places, closing, the delivery."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rushi.audit import queries as audit
from rushi.campaigns import actions, queries
from rushi.campaigns.models import Campaign
from rushi.dispatch import actions as dispatching
from rushi.dispatch import queries as dispatch
from rushi.identity import queries as identity
from rushi.kernel import clock
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind
from rushi.verdicts import actions as verdicts
from rushi.verdicts import queries as verdict_queries
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.forms import add_refusal
from rushi.web.forms.console import ExtendForm, GrowForm
from rushi.web.methods import page_with_form
from rushi.web.views.console.desk import audience_words, campaign_view, clips, page

DONE = {
    "publish": "已发布，参与者现在可以领取。",
    "pause": "已暂停，已领取的任务不受影响。",
    "resume": "已恢复。",
    "withdraw": "已撤回到草稿。",
}


@require_safe
@campaign_view("viewer")
def overview(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Where the campaign stands and what can be done now."""
    context = {
        "campaign": campaign,
        "budget": queries.budget(campaign.pk),
        "pace": dispatch.campaign_pace(campaign.pk, clock.now()),
        "quote": queries.quote_of(campaign, campaign.places_wanted) if campaign.reward_fen else None,
        "delivery": verdict_queries.delivery(campaign.pk),
        "questions": queries.question_drafts(campaign.pk),
        "clips": clips(campaign, actor(request)),
        "audience": audience_words(campaign),
        "history": audit.history(campaign.pk)[:20],
        "obstacle": identity.publication_obstacle(campaign.organisation_id),
    }
    return page(request, "campaign", context)


@require_POST
@campaign_view("editor")
def do(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Publish, pause, resume, or take back from review."""
    verb = request.POST.get("do", "")
    run = {
        "publish": actions.publish,
        "pause": actions.pause,
        "resume": actions.resume,
        "withdraw": actions.withdraw_review,
    }.get(verb)
    if run is not None:
        try:
            run(actor_id=actor(request), campaign_id=campaign.pk)
            messages.success(request, gettext(DONE[verb]))
        except RushiError as error:
            refused(request, error)
    return redirect("campaign", campaign.pk)


@page_with_form
@campaign_view("editor")
def fund(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """See the whole cost and the balance, then move the money into the campaign's budget."""
    quote = queries.quote_of(campaign, campaign.places_wanted)
    balance_fen = ledger.balance_fen(AccountKind.ADVERTISER, campaign.organisation_id)
    if request.method == "POST":
        try:
            dispatching.fund(actor_id=actor(request), campaign_id=campaign.pk, key=request.POST.get("key", ""))
            messages.success(request, gettext("已注资，可以发布了。"))
            return redirect("campaign", campaign.pk)
        except RushiError as error:
            refused(request, error)
    context = {
        "campaign": campaign,
        "quote": quote,
        "day": dispatch.day_quote(campaign, clock.now()),
        "short_fen": max(0, quote.total_fen - balance_fen),
        "key": str(uuid7()),
    }
    return page(request, "fund", context)


@page_with_form
@campaign_view("editor")
def grow(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """More places, never fewer; their money comes from the balance."""
    form = GrowForm(request.POST or None, initial={"places": campaign.places_wanted, "key": str(uuid7())})
    if request.method == "POST" and form.is_valid():
        try:
            actions.grow_places(actor_id=actor(request), campaign_id=campaign.pk, **form.cleaned_data)
            messages.success(request, gettext("名额已增加。"))
            return redirect("campaign", campaign.pk)
        except RushiError as error:
            add_refusal(form, error)
    unit = queries.quote_of(campaign, 1)
    return page(request, "grow", {"campaign": campaign, "form": form, "unit": unit})


@page_with_form
@campaign_view("editor")
def extend(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """A later deadline for what is running."""
    if campaign.closes_at is None:
        return redirect("campaign", campaign.pk)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        closes_at = clock.shanghai_day_end(form.cleaned_data["closes_on"])
        try:
            actions.extend(actor_id=actor(request), campaign_id=campaign.pk, closes_at=closes_at)
            messages.success(request, gettext("截止时间已延长。"))
            return redirect("campaign", campaign.pk)
        except RushiError as error:
            add_refusal(form, error)
    return page(request, "extend", {"campaign": campaign, "form": form})


@page_with_form
@campaign_view("editor")
def close(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Confirm, then stop offering places; what is left comes back."""
    if request.method == "POST":
        try:
            actions.close(actor_id=actor(request), campaign_id=campaign.pk)
            messages.success(request, gettext("正在收尾：已领取的任务完成后，余款退回余额。"))
        except RushiError as error:
            refused(request, error)
        return redirect("campaign", campaign.pk)
    return page(request, "close", {"campaign": campaign, "budget": queries.budget(campaign.pk)})


@require_POST
@campaign_view("editor")
def delivery(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Confirm the delivery, or dispute it with a reason."""
    try:
        if request.POST.get("do") == "confirm":
            verdicts.confirm_delivery(actor_id=actor(request), campaign_id=campaign.pk)
            messages.success(request, gettext("已确认交付，谢谢。"))
        else:
            reason = request.POST.get("reason", "")
            verdicts.dispute_delivery(actor_id=actor(request), campaign_id=campaign.pk, reason=reason)
            messages.success(request, gettext("已提出异议，我们会抽样复查。"))
    except RushiError as error:
        refused(request, error)
    return redirect("campaign", campaign.pk)
