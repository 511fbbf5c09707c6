"""A copy of one migrated template per worker, tested as the application's role; tests/server.py finds the server."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psycopg
import pytest

from tests import server

if TYPE_CHECKING:
    from tests.loopback import Sandbox

TEST_DATA = server.DATA
LOOPBACK = ["127.0.0.1", "::1"]
MAY_USE_LOOPBACK = {"browser", "crash", "loopback"}
SERVERS = {"live_server", "sandbox"}


# How quick a machine is today is no property of the code.
hypothesis.settings.register_profile(
    "ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("ours")


def pytest_configure() -> None:
    """Find the tests' server (their own cluster, or one given by URL) before Django reads its settings."""
    os.environ["RUSHI_DATABASE_URL"] = server.url()
    os.environ["RUSHI_DATA_DIR"] = str(TEST_DATA)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
    from django.conf import settings

    from rushi.cli import messages

    messages.compile_catalogue(if_needed=True)
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
    settings.MEDIA_URL = "/nothing-is-served-here/"  # or the live server takes every path for a media file
    (TEST_DATA / "static").mkdir(parents=True, exist_ok=True)
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No test reaches the network; those that serve or kill something may speak to this machine."""
    for item in items:
        names = {mark.name for mark in item.iter_markers()}
        if names & MAY_USE_LOOPBACK or SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: pytest.DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Copy the migrated template; from then on every test speaks as the application's role, as production does."""
    from django.db import connection

    from rushi.db import launcher

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name = f"test_{os.getpid()}_{worker}"
    owner = server.url("postgres")
    with django_db_blocker.unblock():
        with (TEST_DATA / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _drop_leftovers(owner)
            template = _template(owner)
            _run(owner, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        _use(connection, name, launcher.APP)
    yield
    with django_db_blocker.unblock():
        connection.close()
        _run(owner, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """Outside services (SMS, real names) on loopback, with the settings pointing at them."""
    from tests.loopback import KEY_ID, KEY_SECRET, Sandbox

    box = Sandbox()
    settings.SMS_URL, settings.REALNAME_URL = f"http://{box.host}/dysms", f"http://{box.host}/cloudauth"
    settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET = KEY_ID, KEY_SECRET
    yield box
    box.stop()


def _template(owner: str) -> str:
    """The name of the database with today's tables, migrated now when there is none yet."""
    from django.core.management import call_command
    from django.db import connection

    from rushi.db import grants, launcher, partitions, schema
    from rushi.kernel import clock

    name = f"migrated_{schema.digest().split()[-1]}"
    if _databases(owner, name):
        return name
    for stale in _databases(owner, "migrated\\_%"):
        _run(owner, f'DROP DATABASE "{stale}" WITH (FORCE)')
    _run(owner, 'DROP DATABASE IF EXISTS "unfinished" WITH (FORCE)')
    _run(owner, 'CREATE DATABASE "unfinished"')
    _use(connection, "unfinished", launcher.OWNER)
    call_command("migrate", interactive=False, verbosity=0)
    grants.apply()
    partitions.ensure(clock.now())
    schema.stamp()
    with connection.cursor() as cursor:
        # TransactionTestCase truncates between tests; production's role may not.
        cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {launcher.APP}")
    connection.close()
    _run(owner, f'ALTER DATABASE "unfinished" RENAME TO "{name}"')
    return name


def _drop_leftovers(owner: str) -> None:
    for name in _databases(owner, "test\\_%"):
        if not Path("/proc", name.split("_")[1]).exists():
            _run(owner, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _databases(owner: str, pattern: str) -> list[str]:
    with psycopg.connect(owner) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
    return [row[0] for row in found]


def _run(owner: str, statement: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def _use(connection: Any, name: str, role: str) -> None:
    connection.close()
    connection.settings_dict.update(NAME=name, USER=role)


@pytest.fixture(autouse=True)
def the_hall_looks_each_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may keep the market for two seconds; tests change it faster."""
    if request.node.get_closest_marker("django_db"):
        monkeypatch.setattr("rushi.dispatch.queries.MARKET_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def whoever_is_logged_in_by_force_proved_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`force_login` stands for a whole login: phone, second factor, just now. Tests of those steps take the door."""
    from django.conf import settings
    from django.test import Client

    from rushi.kernel import clock
    from rushi.web import presence

    plain = Client.force_login

    def force_login(self: Client, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        session = self.session
        session["proved_at"], session["second_factor"] = clock.now().timestamp(), "totp"
        session.save()
        presence.seen(self.cookies[settings.SESSION_COOKIE_NAME].value)

    monkeypatch.setattr(Client, "force_login", force_login)
