"""Tables kept by day: days are made ahead, strays move in, old days go, and the application gets no more rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, transaction

from rushi.audit.models import Event
from rushi.db import grants, jobs, launcher, partitions
from rushi.evidence import actions as evidence
from rushi.kernel import clock, ids
from tests import days, server

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = clock.shanghai_day(clock.now()) - dt.timedelta(days=100)  # days that old may go, by the server's clock
NOON = clock.shanghai_midnight(TODAY) + dt.timedelta(hours=12)


def run(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    """A table of days with one row an hour from yesterday to tomorrow noon, all still in DEFAULT; append-only."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(server.url(name), autocommit=True) as own:
        own.execute("CREATE TABLE probe (id uuid PRIMARY KEY, n int NOT NULL CHECK (n >= 0)) PARTITION BY RANGE (id)")
        own.execute("CREATE INDEX probe_n ON probe (n)")
        own.execute("CREATE TABLE probe_default PARTITION OF probe DEFAULT WITH (fillfactor = 70)")
        own.execute(
            "CREATE TRIGGER probe_append_only BEFORE UPDATE OR DELETE ON probe"
            " FOR EACH ROW EXECUTE FUNCTION audit_append_only_v1()"
        )
        own.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON probe TO {launcher.APP}")
        for n in range(48):
            moment = NOON - dt.timedelta(hours=24 - n)
            own.execute("INSERT INTO probe VALUES (%s, %s)", [ids.uuid7(int(moment.timestamp() * 1000)), n])
        yield own
        own.execute("DROP TABLE probe")


def of(day: int) -> str:
    """The partition of a day, counted from TODAY."""
    return f"probe_{TODAY + dt.timedelta(days=day):%Y%m%d}"


def where() -> dict[str, int]:
    return dict(run("SELECT tableoid::regclass::text, count(*) FROM probe GROUP BY 1"))  # type: ignore[arg-type]


def test_sql_and_python_agree_where_a_day_begins() -> None:
    for day in (dt.date(1971, 1, 1), dt.date(1990, 7, 1), TODAY, dt.date(2100, 12, 31)):
        ((bound,),) = run("SELECT db_day_bound_v1(%s)", day)
        midnight = int(clock.shanghai_midnight(day).timestamp() * 1000)
        assert bound == UUID(int=midnight << 80)
        assert ids.uuid7(midnight - 1) < bound < ids.uuid7(midnight)


def test_strays_move_into_the_day_that_is_made(owner: psycopg.Connection) -> None:
    assert where() == {"probe_default": 48}
    made = [name for name in days.ensure(NOON, 3) if name.startswith("probe_")]
    assert made == [of(n) for n in range(-1, 4)]
    assert where() == {of(-1): 12, of(0): 24, of(1): 12}
    assert partitions.ensure(NOON, 3) == []
    assert "probe" in partitions.parents()
    assert partitions.days("probe")[0] == TODAY - dt.timedelta(days=1)
    fill = run("SELECT reloptions::text FROM pg_class WHERE relname = %s", of(0))
    assert fill == [("{fillfactor=70}",)]
    enabled = run(
        "SELECT DISTINCT tgenabled FROM pg_trigger t WHERE NOT tgisinternal AND tgrelid = 'probe_default'::regclass"
    )
    assert enabled in ([("O",)], [(b"O",)])


def test_a_look_up_by_id_reads_one_day(owner: psycopg.Connection) -> None:
    days.ensure(NOON, 3)
    plan = str(run("EXPLAIN SELECT * FROM probe WHERE id = %s", ids.uuid7(int(NOON.timestamp() * 1000))))
    assert of(0) in plan
    assert of(1) not in plan


def test_a_partition_is_append_only_and_closed_as_its_table_is(owner: psycopg.Connection) -> None:
    days.ensure(NOON, 3)
    for verb in ("DELETE FROM {0}", "UPDATE {0} SET n = 0", "INSERT INTO {0} VALUES (gen_random_uuid(), 1)"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(verb.format(of(0)))
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        owner.execute(f"DELETE FROM {of(0)}")
    run("INSERT INTO probe VALUES (%s, 1)", ids.uuid7(int(NOON.timestamp() * 1000)))
    assert where()[of(0)] == 25


def test_grants_leave_no_way_in_beside_the_table(owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    days.ensure(NOON, 0)
    owner.execute(f"GRANT ALL ON {of(0)}, probe_default TO {launcher.APP}")
    owner.execute(grants._PARTITIONS)  # type: ignore[arg-type]
    for name in (of(0), "probe_default"):
        assert run("SELECT has_table_privilege(current_user, %s, 'SELECT, INSERT, UPDATE, DELETE')", name) == [(False,)]
    assert sum(where().values()) == 48


def test_old_days_go_and_old_strays_with_them(owner: psycopg.Connection) -> None:
    owner.execute("DROP TRIGGER probe_append_only ON probe")
    days.ensure(NOON, 3)
    old = clock.shanghai_midnight(TODAY - dt.timedelta(days=30))
    run("INSERT INTO probe VALUES (%s, 99)", ids.uuid7(int(old.timestamp() * 1000)))
    assert where()["probe_default"] == 1
    assert partitions.drop_oldest("probe", TODAY) == partitions.Dropped(of(-1), 0)
    assert partitions.drop_oldest("probe", TODAY) == partitions.Dropped(None, 1)
    assert where() == {of(0): 24, of(1): 12}
    assert partitions.drop_oldest("probe", TODAY) == partitions.Dropped(None, 0)


def test_who_may_not_delete_may_not_drop_days(owner: psycopg.Connection) -> None:
    owner.execute(f"REVOKE DELETE ON probe FROM {launcher.APP}")
    days.ensure(NOON, 3)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        partitions.drop_oldest("probe", TODAY)
    assert sum(where().values()) == 48


def test_tests_can_empty_tables_of_days(owner: psycopg.Connection) -> None:
    owner.execute(f"GRANT TRUNCATE ON probe TO {launcher.APP}")
    days.ensure(NOON, 3)
    run("TRUNCATE probe")
    assert where() == {}


def test_the_hourly_job_makes_the_days_to_come(owner: psycopg.Connection) -> None:
    jobs.make_days(timestamp=0)
    today = clock.shanghai_day(clock.now())
    assert today + dt.timedelta(days=partitions.DAYS_AHEAD) in partitions.days("probe")


def test_only_tables_of_days_have_days(owner: psycopg.Connection) -> None:
    with pytest.raises(Exception, match="no rows"), transaction.atomic():
        run("SELECT db_make_days_v1('ledger_account', %s, %s)", *[clock.shanghai_day(clock.now())] * 2)


@pytest.mark.parametrize(("first", "last"), [(-300, 100), (833, 833)])
def test_not_even_the_owner_makes_days_without_end(owner: psycopg.Connection, first: int, last: int) -> None:
    make = "SELECT db_make_days_v1('probe', %s, %s)"
    for span in ([TODAY + dt.timedelta(days=n) for n in (first, last)], ["2019-12-31"] * 2):
        with pytest.raises(psycopg.DatabaseError, match="too many or too far"):
            owner.execute(make, span)
    assert len(owner.execute(make, [TODAY, TODAY + dt.timedelta(days=9)]).fetchall()) == 10


def test_the_application_makes_the_days_around_today_and_no_others(owner: psycopg.Connection) -> None:
    today = clock.shanghai_day(clock.now())

    def make(first: int, last: int) -> int:
        span = [today + dt.timedelta(days=n) for n in (first, last)]
        return len(run("SELECT db_make_days_v1('probe', %s, %s)", *span))

    for first, last in ((-4, 0), (62, 62), (-100, -100), (300, 310)):
        with pytest.raises(DatabaseError, match="too many or too far"), transaction.atomic():
            make(first, last)
    assert partitions.days("probe") == []
    assert make(-1, 59) == 61  # one day less at both ends: midnight may pass meanwhile


def test_young_days_stay_whoever_asks(owner: psycopg.Connection) -> None:
    days.ensure(NOON, 3)
    young = clock.shanghai_day(clock.now()) - dt.timedelta(days=2)
    with pytest.raises(ProgrammingError, match="still needed"), transaction.atomic():
        partitions.drop_oldest("probe", young)
    assert sum(where().values()) == 48


def drops(after: int = 0) -> list[tuple[str, str | None, int]]:
    events = Event.objects.filter(action="evidence.drop").order_by("id")
    return [(e.detail["table"], e.detail["partition"], e.detail["strays"]) for e in events][after:]


def test_each_drop_is_recorded_in_the_transaction_that_does_it(
    owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day that is locked breaks the run off: what went before is on record, strays of DEFAULT too."""
    monkeypatch.setattr(evidence, "BULKY", ("probe",))
    owner.execute("DROP TRIGGER probe_append_only ON probe")
    days.ensure(NOON, 1)
    run("INSERT INTO probe VALUES (%s, 99)", ids.uuid7(int((NOON - dt.timedelta(days=30)).timestamp() * 1000)))
    before = len(drops())
    with owner.transaction():
        owner.execute(f"LOCK TABLE {of(0)} IN ACCESS SHARE MODE")
        with pytest.raises(OperationalError):
            evidence.drop_bulk_before(day=TODAY + dt.timedelta(days=2))
    assert drops(before) == [("probe", of(-1), 0)]
    assert of(-1) not in where()
    evidence.drop_bulk_before(day=TODAY + dt.timedelta(days=2))
    evidence.drop_bulk_before(day=TODAY + dt.timedelta(days=2))
    assert drops(before) == [("probe", of(-1), 0), ("probe", of(0), 0), ("probe", of(1), 0), ("probe", None, 1)]
    assert where() == {}


def test_work_and_books_cannot_be_dropped_by_the_application() -> None:
    old = TODAY - dt.timedelta(days=1000)
    kept = [name for name in partitions.parents() if name not in grants.DROPPED_BY_DAYS]
    assert {"dispatch_assignment", "ledger_settlement"} <= set(kept)
    for name in kept:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            partitions.drop_oldest(name, old)
    for name in grants.DROPPED_BY_DAYS:
        assert partitions.drop_oldest(name, old).partition is None
