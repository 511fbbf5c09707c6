"""Working on a task: the player and its messages, questions, hand-in, giving back, and how it went."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from rushi.campaigns import links
from rushi.campaigns.models import Material
from rushi.dispatch import actions as dispatch
from rushi.dispatch import queries as tasks
from rushi.dispatch.models import Assignment
from rushi.evidence import actions as evidence
from rushi.evidence import queries
from rushi.identity.queries import access_participant_id
from rushi.kernel import clock
from rushi.verdicts import actions as verdicts
from rushi.verdicts import queries as judged
from rushi.web.forms.work import parse_answers, parse_beat


@login_required
@require_safe
@never_cache
def work(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The player while the task is open; afterwards what became of it."""
    assignment = tasks.access_assignment(request.user, assignment_id)
    now = clock.now()
    if assignment.status not in tasks.OPEN or assignment.lease_expires_at <= now:
        return render(request, "web/work/outcome.html", _outcome(assignment, now))
    context = {
        "assignment": assignment,
        "clips": [_clip(assignment, clip) for clip in queries.shown_clips(assignment)],
        "questions": queries.shown_questions(assignment),
        "draft": {f"q-{key}": value for key, value in queries.draft_answers(assignment.pk).items()},
        "seconds_left": max(1, int((assignment.lease_expires_at - now).total_seconds())),
    }
    return render(request, "web/work/work.html", context)


def _outcome(assignment: Assignment, now: dt.datetime) -> dict[str, Any]:
    verdict = judged.verdict_line(assignment.pk)
    return {
        "assignment": assignment,
        "verdict": verdict,
        "can_appeal": verdict is not None and verdict.can_be_appealed(now),
        "is_over": assignment.status in tasks.OPEN,
    }


def _clip(assignment: Assignment, clip: Material) -> dict[str, Any]:
    def url(kind: links.Kind) -> str:
        return links.media_url(clip, viewer_id=assignment.participant_id, assignment_id=assignment.pk, kind=kind)

    return {
        "cut": clip.cut,
        "ms": clip.duration_ms,
        "src": url("rendition" if clip.rendition else "original"),
        "poster": url("poster") if clip.poster else "",
    }


@login_required
@require_POST
def start(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Begin, or begin again: a new token for the player."""
    return _told(evidence.start_watch(actor_id=access_participant_id(request.user), assignment_id=assignment_id))


@csrf_exempt  # the signed token is the key; the player sends no cookie, so this costs no query
@require_POST
def beat(request: HttpRequest) -> HttpResponse:
    """What was watched since the last message; also the end of a free look."""
    form = parse_beat(request)
    if form.leave:
        return _told(evidence.leave_free_look(token=form.token, reports=form.reports, cut=form.leave))
    return _told(evidence.heartbeat(token=form.token, reports=form.reports, is_leaving=form.is_leaving))


def _told(beat: evidence.Beat) -> JsonResponse:
    state = beat.state
    cuts = {
        cut.name: {
            "resume_ms": cut.resume_ms,
            "covered_ms": cut.covered_ms,
            "left_at_ms": cut.left_at_ms,
            "is_complete": cut.is_complete,
        }
        for cut in state.cuts
    }
    return JsonResponse({"token": beat.token, "cuts": cuts, "may_hand_in": state.may_hand_in})


@login_required
@require_POST
def draft(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Keep unfinished answers."""
    answers = parse_answers(request.POST)
    evidence.save_draft(actor_id=access_participant_id(request.user), assignment_id=assignment_id, answers=answers)
    return HttpResponse(status=204)


@login_required
@require_POST
def submit(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Hand in; the answer says where to look next."""
    verdicts.hand_in(
        actor_id=access_participant_id(request.user),
        assignment_id=assignment_id,
        token=request.POST.get("token", ""),
        answers=parse_answers(request.POST),
    )
    return JsonResponse({"next": reverse("work", args=[assignment_id])})


@login_required
@require_POST
def give_back(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Give the place back: it reopens at once and does not count for the day."""
    dispatch.return_assignment(actor_id=access_participant_id(request.user), assignment_id=assignment_id)
    messages.success(request, gettext("已放弃，名额已还回，不计入今天的次数。"))
    return redirect("tasks")


urlpatterns = [
    path("work/beat/", beat, name="work_beat"),
    path("work/<uuid:assignment_id>/", work, name="work"),
    path("work/<uuid:assignment_id>/start/", start, name="work_start"),
    path("work/<uuid:assignment_id>/draft/", draft, name="work_draft"),
    path("work/<uuid:assignment_id>/submit/", submit, name="work_submit"),
    path("work/<uuid:assignment_id>/return/", give_back, name="work_return"),
]
