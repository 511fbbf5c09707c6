"""Taking answers out of the house: an export is an act, and who did it is recorded."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.kernel import clock
from rushi.measurement import exports, queries
from rushi.measurement.errors import TooFewAnswers
from rushi.measurement.reports import OPINIONS_FROM


@transactional
def export_submissions(*, actor_id: UUID, campaign_id: UUID, form: Literal["csv", "xlsx"]) -> exports.File:
    """The accepted submissions of a campaign as a file, under per-campaign pseudonyms, in the language in force.

    Raises TooFewAnswers below ten accepted submissions.
    """
    found = queries.submissions(campaign_id)
    if len(found.rows) < OPINIONS_FROM:
        raise TooFewAnswers(accepted=len(found.rows), needed=OPINIONS_FROM)
    audit.record(
        actor_id=actor_id,
        action="report.export",
        subject_kind="campaign",
        subject_id=campaign_id,
        detail={"form": form, "rows": len(found.rows)},
    )
    return exports.make(found, form, clock.now())
