"""The one write of the transparency room: enqueueing what the log must hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from rushi.db import sql
from rushi.db.retry import transactional
from rushi.transparency.models import Kind


@transactional
def enqueue(*, kind: Kind, subjects: Sequence[UUID], at: dt.datetime) -> None:
    """Put subjects into the outbox, in the caller's transaction: with what they stand for, or not at all.

    `subjects` are new in this transaction; one alone that is there already stays as it is.
    """
    sql.call("transparency_enqueue_v1", str(kind), list(subjects), at)
