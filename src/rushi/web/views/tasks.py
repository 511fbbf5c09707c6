"""The hall: tasks one may do now, a task's card before claiming, claiming."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rushi.audit.queries import setting
from rushi.campaigns.models import Kind
from rushi.dispatch import actions, queries
from rushi.dispatch.models import CLAIMS_A_DAY_MAX
from rushi.identity.queries import access_participant, access_participant_id
from rushi.kernel.errors import RushiError
from rushi.web.errors import refused

CARDS_A_PAGE = 20
KINDS = (Kind.REACTION, Kind.COMPARE)


@login_required
@require_safe
@never_cache
def tasks(request: HttpRequest) -> HttpResponse:
    """Tasks this person may claim now, with the day's allowance; htmx asks for further cards."""
    person = access_participant(request.user)
    kind = request.GET.get("kind", "")
    page = queries.hall(person.pk, kind=kind, after=request.GET.get("after", ""), limit=CARDS_A_PAGE)
    context: dict[str, Any] = {
        "cards": page.cards,
        "after": page.after,
        "kind": kind,
        "kinds": KINDS,
    }
    if request.headers.get("HX-Request"):
        return render(request, "web/tasks/cards.html", context)
    actions.note_visit(participant_id=person.pk)
    used = CLAIMS_A_DAY_MAX - queries.claims_left(person.pk)
    context |= {"person": person, "used": used, "used_max": CLAIMS_A_DAY_MAX, "counts": queries.my_counts(person.pk)}
    context["unverified_fen_max"] = setting("unverified_earned_fen_max")
    return render(request, "web/tasks/tasks.html", context)


@login_required
@require_safe
@never_cache
def task(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Everything that is promised about a task, before claiming it."""
    person = access_participant(request.user)
    context: dict[str, Any] = {
        "card": queries.task_card(person.pk, campaign_id),
        "mine": queries.assignment_in(person.pk, campaign_id),
        "claims_left": queries.claims_left(person.pk),
        "key": uuid4().hex,
    }
    return render(request, "web/tasks/task.html", context)


@login_required
@require_POST
def claim(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Take a place and go to work; a refusal is told on the card, or to our script as JSON."""
    person_id = access_participant_id(request.user)
    is_script = request.headers.get("Accept") == "application/json"
    try:
        assignment_id = actions.take(actor_id=person_id, campaign_id=campaign_id, key=request.POST.get("key", "")[:64])
    except RushiError as refusal:
        if is_script:
            raise
        refused(request, refusal)
        return redirect("real_name" if refusal.code == "needs_real_name" else "task", *_args(refusal, campaign_id))
    if is_script:
        return JsonResponse({"next": reverse("work", args=[assignment_id])})
    return redirect("work", assignment_id)


def _args(refusal: RushiError, campaign_id: UUID) -> list[UUID]:
    return [] if refusal.code == "needs_real_name" else [campaign_id]


urlpatterns = [
    path("tasks/", tasks, name="tasks"),
    path("tasks/<uuid:campaign_id>/", task, name="task"),
    path("tasks/<uuid:campaign_id>/claim/", claim, name="task_claim"),
]
