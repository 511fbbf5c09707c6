"""我的任务: what one claimed, what became of it and why, and appeals."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rushi.dispatch import queries as tasks
from rushi.dispatch.models import AssignmentStatus
from rushi.identity.queries import access_participant
from rushi.kernel import clock
from rushi.kernel.errors import RushiError
from rushi.verdicts import actions, queries
from rushi.web.methods import page_with_form
from rushi.web.templatetags.rushi import tr

LINES_A_PAGE = 20
FILTERS = (
    ("", "全部", ()),
    ("open", "待完成", tasks.OPEN),
    ("review", "审核中", tasks.UNDECIDED),
    ("accepted", "已通过", (AssignmentStatus.ACCEPTED,)),
    ("rejected", "未通过", (AssignmentStatus.REJECTED,)),
)


@login_required
@require_safe
@never_cache
def my(request: HttpRequest) -> HttpResponse:
    """One's tasks by status, newest first; a rejection shows its reason and the way to appeal."""
    person = access_participant(request.user)
    chosen = request.GET.get("status", "")
    statuses = next((found for name, _, found in FILTERS if name == chosen), ())
    before = _moment(request.GET.get("before", ""))
    lines = tasks.my_assignments(person.pk, statuses=statuses, before=before, limit=LINES_A_PAGE)
    verdicts = queries.verdict_lines([line.id for line in lines])
    now = clock.now()
    context: dict[str, Any] = {
        "rows": [(line, verdicts.get(line.id), _may_appeal(verdicts.get(line.id), now)) for line in lines],
        "before": lines[-1].claimed_at.isoformat() if len(lines) == LINES_A_PAGE else "",
        "chosen": chosen,
        "filters": FILTERS,
        "now": now,
    }
    if request.headers.get("HX-Request"):
        return render(request, "web/my/lines.html", context)
    return render(request, "web/my/my.html", {**context, "counts": tasks.my_counts(person.pk)})


def _may_appeal(verdict: queries.VerdictLine | None, now: dt.datetime) -> bool:
    return verdict is not None and verdict.can_be_appealed(now)


def _moment(text: str) -> dt.datetime | None:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


@login_required
@page_with_form
@never_cache
def appeal(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Ask for a rejection to be looked at again, by somebody else."""
    assignment = tasks.access_assignment(request.user, assignment_id)
    verdict = queries.verdict_line(assignment_id)
    text, problem = request.POST.get("text", "").strip(), ""
    if request.method == "POST":
        try:
            actions.appeal(actor_id=assignment.participant_id, assignment_id=assignment_id, text=text)
            messages.success(request, gettext("申诉已提交，另一位审核员会复核；到期没有处理，自动按通过付款。"))
            return redirect("work", assignment_id)
        except RushiError as error:
            problem = tr(error)
    context: dict[str, Any] = {"assignment": assignment, "verdict": verdict, "text": text, "problem": problem}
    context["can_appeal"] = _may_appeal(verdict, clock.now())
    return render(request, "web/my/appeal.html", context, status=422 if problem else 200)


urlpatterns = [
    path("my/", my, name="my"),
    path("my/<uuid:assignment_id>/appeal/", appeal, name="appeal"),
]
