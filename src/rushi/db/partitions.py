"""Day partitions: hot tables are kept by Shanghai day, and the day lies in the id (a UUIDv7 begins with its time).

A table of days is `PARTITION BY RANGE (<uuid>)` with a DEFAULT partition; a room's migration makes both, e.g.

    CREATE TABLE room_thing (…, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE room_thing_default PARTITION OF room_thing DEFAULT WITH (fillfactor = 70);

That is all: the catalogue is the registry. `ensure` finds every such table and makes its days (with the storage
parameters of the DEFAULT partition), here, in `./rushi migrate`, when the worker starts, and every hour. Whoever wants
rows of some days only compares ids with `db_day_bound_v1(day)`, which prunes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import OperationalError

from rushi.db import sql
from rushi.kernel import clock

DAYS_AHEAD = 14


def parents() -> list[str]:
    """The names of all tables that are kept by days."""
    return [row["name"] for row in sql.rows("db", "tables_of_days")]


def days(parent: str) -> list[dt.date]:
    """The Shanghai days that have a partition of their own in `parent`, ascending."""
    return [row["day"] for row in sql.rows("db", "days_of", {"parent": parent})]


def ensure(at: dt.datetime, days_ahead: int = DAYS_AHEAD) -> list[str]:
    """Make the days from yesterday (as seen at `at`) to `days_ahead` days on; answer the partitions made.

    Rows that were written before their day was made move from the DEFAULT partition. Nothing is locked when nothing
    is missing. Raises OperationalError when a table was too busy, after the others got theirs.
    """
    today = clock.shanghai_day(at)
    wanted = {today + dt.timedelta(days=n) for n in range(-1, days_ahead + 1)}
    made: list[str] = []
    failure: OperationalError | None = None
    for parent in parents():
        try:
            if wanted - set(days(parent)):
                rows = sql.call("db_make_days_v1", parent, min(wanted), max(wanted))
                made += [row["db_make_days_v1"] for row in rows]
        except OperationalError as error:  # a lock that was not had in time: the others get their days all the same
            failure = error
    if failure:
        raise failure
    return made


@dataclass(frozen=True, slots=True)
class Dropped:
    """What one step dropped: a day's partition, or no partition and so many rows (`strays`) of the DEFAULT one."""

    partition: str | None
    strays: int


def drop_oldest(parent: str, day: dt.date) -> Dropped:
    """Drop the oldest day of `parent` before `day`; when there is none, the older rows of its DEFAULT partition.

    One step a call, so that the caller can record it in the transaction that does it. Raises ProgrammingError
    (permission denied) when the application may not delete from the table (books and work stay) or when the days are
    too young, OperationalError when the table was too busy.
    """
    (row,) = sql.call("db_drop_day_v1", parent, day)
    return Dropped(row["dropped"], row["strays"])
