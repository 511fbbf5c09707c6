"""What the review desk's pages share: who may sit there, the queues and their counts, the way to the next case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from rushi.identity import queries as identity
from rushi.identity.models import StaffRole
from rushi.policy import actions
from rushi.policy import queries as policy
from rushi.verdicts import queries as verdicts
from rushi.web.actor import actor
from rushi.web.lock import desk

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
NEXT_AMONG = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: the pages of its cases and of itself, and what waits, as the arguments of a case's page.

    The last argument is the id of the case.
    """

    case_page: str
    queue_page: str
    waiting: Callable[[HttpRequest], list[tuple[Any, ...]]]


def _work(rows: list[verdicts.QueueRow]) -> list[tuple[Any, ...]]:
    return [(row.assignment_id,) for row in rows]


QUEUES = {
    "campaign": Queue(
        "review_campaign",
        "review_campaigns",
        lambda request: [(row.pk,) for row in policy.campaign_queue(actor(request), NEXT_AMONG)],
    ),
    "organisation": Queue(
        "review_organisation",
        "review_organisations",
        lambda request: [(row.pk,) for row in identity.organisation_queue(NEXT_AMONG)],
    ),
    "submission": Queue(
        "review_submission",
        "review_submissions",
        lambda request: _work(verdicts.submission_queue(request.user, limit=NEXT_AMONG)),
    ),
    "appeal": Queue(
        "review_appeal",
        "review_appeals",
        lambda request: _work(verdicts.appeal_queue(request.user, limit=NEXT_AMONG)),
    ),
    "sample": Queue(
        "review_sample",
        "review_samples",
        lambda request: [
            (row.item_id, row.assignment_id) for row in verdicts.sample_queue(request.user, limit=NEXT_AMONG)
        ],
    ),
}


def reviewer(view: View[P]) -> View[P]:
    """Only for reviewers, with their second factor; others get the page that says so."""
    return desk(StaffRole.Role.REVIEWER)(view)  # type: ignore[return-value]


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the desk, with the length of each queue (that this reviewer may decide) in its side rail."""
    campaigns, work = policy.campaign_queue_length(actor(request)), verdicts.queue_counts(request.user)
    organisations, organisations_since = identity.organisation_queue_length()
    counts = {
        "campaigns": campaigns.count,
        "campaigns_since": campaigns.oldest_at,
        "organisations": organisations,
        "organisations_since": organisations_since,
        "submissions": work.submissions,
        "submissions_due": work.submission_due_at,
        "appeals": work.appeals,
        "appeals_due": work.appeal_due_at,
        "samples": work.samples,
    }
    return render(request, f"web/review/{template}.html", {"counts": counts, **context}, status=status)


def waiting(request: HttpRequest, kind: str, rows: list[Any]) -> HttpResponse:
    """A queue's page: its rows, and which of them somebody else is reading."""
    queue = QUEUES[kind]
    template = queue.queue_page.removeprefix("review_")
    return page(request, template, {"waiting": rows, "taken": policy.read_by_others(actor(request), kind)})


def case_page(
    request: HttpRequest, kind: str, case_id: UUID, context: dict[str, Any], *, is_open: bool
) -> HttpResponse:
    """A case's page: an open case is marked as being read by this reviewer, unless somebody was first."""
    first = actions.open_case(actor_id=actor(request), kind=kind, subject_id=case_id) if is_open else actor(request)
    shared = {"read_by_another": first != actor(request), "next_url": following(request, kind, case_id)}
    return page(request, kind, shared | context)


def following(request: HttpRequest, kind: str, case_id: UUID) -> str:
    """The address of the next case after this one that nobody else is reading, or of the queue."""
    queue = QUEUES[kind]
    rows = queue.waiting(request)
    here = next((i for i, row in enumerate(rows) if row[-1] == case_id), -1)
    taken = policy.read_by_others(actor(request), kind) | {case_id}
    for row in rows[here + 1 :] + rows[: here + 1]:
        if row[-1] not in taken:
            return reverse(queue.case_page, args=row)
    return reverse(queue.queue_page)


def decided(request: HttpRequest, kind: str, case_id: UUID, text: str, onward: str) -> HttpResponse:
    """Say what was decided, let go of the case, and go on to what followed it before it was decided."""
    messages.success(request, text)
    actions.leave_case(actor_id=actor(request), kind=kind, subject_id=case_id)
    return redirect(onward)


@require_safe
@reviewer
def overview(request: HttpRequest) -> HttpResponse:
    """All queues at a glance."""
    return page(request, "overview", {})
