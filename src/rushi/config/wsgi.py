"""The WSGI application that granian serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from rushi.kernel import logs, processes

if os.environ.get("RUSHI_SUPERVISED"):
    processes.end_with_parent()  # a granian worker does not outlive a granian that was killed
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
logs.configure()
every = get_wsgi_application()
views = get_resolver().url_patterns  # every view imported now, not while the first person waits

from rushi.web import together  # noqa: E402 - models want Django set up
from rushi.web.lean import LeanHandler, is_lean  # noqa: E402
from rushi.web.pressure import relieved  # noqa: E402

lean = LeanHandler()


def site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Claims and hand-ins together, the lean way for the busiest routes, Django's whole way for everything else."""
    if not is_lean(environ):
        return every(environ, start_response)
    return together.answer(environ, start_response) or lean(environ, start_response)


application = relieved(site, settings.WEB_THREADS)
