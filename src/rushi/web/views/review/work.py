"""Work of people: submissions that a person must judge, appeals, samples of disputed deliveries, standing.

A page here shows facts only. No opinion that somebody gave is read for it.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rushi.identity import actions as identity
from rushi.kernel.errors import RushiError
from rushi.verdicts import actions, queries
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.methods import page_with_form
from rushi.web.views.review.desk import case_page, decided, following, reviewer, waiting


@require_safe
@reviewer
def submissions(request: HttpRequest) -> HttpResponse:
    """Work that the facts did not accept at once, the nearest deadline first."""
    return waiting(request, "submission", queries.submission_queue(request.user))


@page_with_form
@reviewer
def submission(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One submission's facts; accept, or reject with a code that the facts bear out."""
    if request.method == "POST":
        try:
            return _judge(request, assignment_id)
        except RushiError as error:
            refused(request, error)
    case = queries.access_case(request.user, assignment_id)
    context = {"case": case, "reason": request.POST.get("reason", "")}
    return case_page(request, "submission", assignment_id, context, is_open=case.assignment.status == "in_review")


def _judge(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    onward = following(request, "submission", assignment_id)
    if request.POST.get("decision") == "approve":
        actions.accept(actor_id=actor(request), assignment_id=assignment_id)
        said = gettext("已通过，报酬已付。")
    else:
        code, reason = request.POST.get("code", ""), request.POST.get("reason", "")
        actions.reject(actor_id=actor(request), assignment_id=assignment_id, code=code, reason=reason)
        said = gettext("已判不通过，参与者可以申诉。")
    return decided(request, "submission", assignment_id, said, onward)


@require_safe
@reviewer
def appeals(request: HttpRequest) -> HttpResponse:
    """Open appeals, the nearest deadline first."""
    return waiting(request, "appeal", queries.appeal_queue(request.user))


@page_with_form
@reviewer
def appeal(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One appeal: the first reason, the person's words, the facts; uphold or overturn."""
    note = request.POST.get("reason", "")
    if request.method == "POST":
        onward = following(request, "appeal", assignment_id)
        overturn = request.POST.get("decision") == "approve"
        try:
            actions.decide_appeal(actor_id=actor(request), assignment_id=assignment_id, overturn=overturn, note=note)
        except RushiError as error:
            refused(request, error)
        else:
            said = gettext("申诉成立，报酬已付。") if overturn else gettext("维持原结果。")
            return decided(request, "appeal", assignment_id, said, onward)
    case = queries.access_case(request.user, assignment_id)
    is_open = case.appeal is not None and case.appeal.status == "open" and case.appeal.rejected_by != actor(request)
    context = {"case": case, "reason": note, "may_decide": is_open}
    return case_page(request, "appeal", assignment_id, context, is_open=is_open)


@require_safe
@reviewer
def samples(request: HttpRequest) -> HttpResponse:
    """Sampled work of disputed deliveries, still to be examined."""
    return waiting(request, "sample", queries.sample_queue(request.user))


@page_with_form
@reviewer
def sample(request: HttpRequest, item_id: int, assignment_id: UUID) -> HttpResponse:
    """One sampled submission: was it rightly accepted? The person's pay is never touched."""
    if request.method == "POST":
        onward = following(request, "sample", assignment_id)
        faulty = request.POST.get("decision") == "reject"
        try:
            actions.examine_sample_item(actor_id=actor(request), item_id=item_id, is_faulty=faulty)
        except RushiError as error:
            refused(request, error)
        else:
            return decided(request, "sample", assignment_id, gettext("已记录。"), onward)
    case = queries.access_case(request.user, assignment_id)
    delivery = queries.delivery(case.assignment.campaign_id)
    is_open = delivery is not None and delivery.status == "disputed"
    return case_page(request, "sample", assignment_id, {"case": case, "delivery": delivery}, is_open=is_open)


@require_POST
@reviewer
def standing(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Limit, suspend or restore a person, with a reason they will read."""
    back = request.POST.get("back", "")
    try:
        identity.set_standing(
            actor_id=actor(request),
            user_id=user_id,
            standing=request.POST.get("standing", ""),
            reason=request.POST.get("reason", "").strip(),
        )
    except RushiError as error:
        refused(request, error)
    else:
        messages.success(request, gettext("账号状态已更新，本人会看到原因。"))
    return redirect("review_submission", back) if back else redirect("review_submissions")
