"""Days of the past and of a far future: the owner may make them, the application may not."""

from __future__ import annotations

import datetime as dt

import psycopg
from django.db import connection

from rushi.db import partitions
from rushi.kernel import clock
from tests import server


def ensure(at: dt.datetime, days_ahead: int, days_before: int = 1) -> list[str]:
    """What `partitions.ensure` does, as the owner and around any day; they stay when a test's transaction ends."""
    today = clock.shanghai_day(at)
    wanted = (today - dt.timedelta(days=days_before), today + dt.timedelta(days=days_ahead))
    made: list[str] = []
    with psycopg.connect(server.url(connection.settings_dict["NAME"]), autocommit=True) as own:
        for parent in partitions.parents():
            made += [name for (name,) in own.execute("SELECT db_make_days_v1(%s, %s, %s)", [parent, *wanted])]
    return made
