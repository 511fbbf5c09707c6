"""A cluster of our own (fsync off), migrated by the owner, tested as the application's role."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.loopback import Sandbox

ROOT = Path(__file__).resolve().parent.parent
TEST_DATA = Path(os.environ.get("RUSHI_TEST_DATA_DIR") or ROOT / ".cache" / "test")


def pytest_configure() -> None:
    """Start the tests' cluster before Django reads its settings."""
    from rushi.db import launcher

    cluster = launcher.ensure(TEST_DATA, durable=False)
    os.environ["RUSHI_DATABASE_URL"] = cluster.url(launcher.OWNER)
    os.environ["RUSHI_DATA_DIR"] = str(TEST_DATA)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"] = {}
    settings.MEDIA_URL = "/nothing-is-served-here/"  # or the live server takes every path for a media file
    (TEST_DATA / "static").mkdir(parents=True, exist_ok=True)
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.DjangoDbBlocker) -> Iterator[None]:
    """After the owner's migrations, every test speaks as the application's role, as production does."""
    from django.db import connection

    from rushi.db import grants, launcher

    with django_db_blocker.unblock():
        grants.apply()
        with connection.cursor() as cursor:
            # TransactionTestCase truncates between tests; production's role may not.
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {launcher.APP}")
        connection.close()
        connection.settings_dict["USER"] = launcher.APP
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["USER"] = launcher.OWNER


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """Outside services (SMS, real names) on loopback, with the settings pointing at them."""
    from tests.loopback import KEY_ID, KEY_SECRET, Sandbox

    box = Sandbox()
    settings.SMS_URL, settings.REALNAME_URL = f"http://{box.host}/dysms", f"http://{box.host}/cloudauth"
    settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET = KEY_ID, KEY_SECRET
    yield box
    box.stop()
