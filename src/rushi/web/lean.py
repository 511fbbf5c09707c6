"""The way of the busiest routes: a resolver of a handful of addresses and the middleware they need, nothing else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, URLResolver, path
from django.urls.resolvers import RegexPattern

from rushi.web.views import media, tasks, work

_PREFIXES = ("/work/beat/", "/media/")
_VERBS = ("/start/", "/draft/", "/submit/", "/claim/")
routes = URLResolver(
    RegexPattern(r"^/"),
    [
        path("work/beat/", work.beat),
        path("work/<uuid:assignment_id>/start/", work.start),
        path("work/<uuid:assignment_id>/draft/", work.draft),
        path("work/<uuid:assignment_id>/submit/", work.submit),
        path("tasks/<uuid:campaign_id>/claim/", tasks.claim),
        path("media/<uuid:material_id>/<str:kind>", media.media),
    ],
)


def is_lean(environ: dict[str, Any]) -> bool:
    """Whether a request goes the lean way: a clip, or one of our scripts' posts. Pages and plain forms do not."""
    where: str = environ["PATH_INFO"]
    if where.startswith(_PREFIXES):
        return True
    return environ.get("HTTP_ACCEPT") == "application/json" and where.endswith(_VERBS)


class LeanHandler(WSGIHandler):
    """Django's handler with `LEAN_MIDDLEWARE` and the lean routes; what they do not know goes the usual way."""

    def load_middleware(self, is_async: bool = False) -> None:
        every, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.LEAN_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = every

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        match = routes.resolve(request.path_info)
        request.resolver_match = match
        return match
