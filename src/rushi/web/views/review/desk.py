"""What the review desk's pages share: who may sit there, the queues and their counts, the way to the next case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from rushi.identity import queries as identity
from rushi.identity.models import StaffRole, User
from rushi.policy import queries as policy
from rushi.verdicts import queries as verdicts

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def reviewer(view: View[P]) -> View[P]:
    """Only for reviewers; others get the page that says so."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        identity.require_staff(request.user, StaffRole.Role.REVIEWER)
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def counts(user: User | AnonymousUser) -> dict[str, int]:
    """How many cases wait in each queue that this reviewer may decide."""
    work = verdicts.queue_counts(user)
    return {
        "campaigns": policy.campaign_queue_count(),
        "organisations": identity.organisation_queue_count(),
        "submissions": work.submissions,
        "appeals": work.appeals,
        "samples": work.samples,
    }


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the desk, with the queues' counts in its side rail."""
    everything = {"counts": counts(request.user), **context}
    return render(request, f"web/review/{template}.html", everything, status=status)


def decided(request: HttpRequest, text: str, waiting: Iterable[UUID], case_name: str, queue_name: str) -> HttpResponse:
    """Say what was decided and go on to the next case, or to the empty queue."""
    messages.success(request, text)
    following = next(iter(waiting), None)
    return redirect(queue_name) if following is None else redirect(case_name, following)


@reviewer
def overview(request: HttpRequest) -> HttpResponse:
    """All queues at a glance."""
    return page(request, "overview", {})
