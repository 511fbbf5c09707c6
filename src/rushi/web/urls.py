"""Addresses of the web door, by role."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rushi.web.views.again")),
    path("", include("rushi.web.views.agent")),
    path("", include("rushi.web.views.console")),
    path("", include("rushi.web.views.finance")),
    path("", include("rushi.web.views.login")),
    path("", include("rushi.web.views.me")),
    path("", include("rushi.web.views.media")),
    path("", include("rushi.web.views.my")),
    path("", include("rushi.web.views.operator")),
    path("", include("rushi.web.views.organisation")),
    path("", include("rushi.web.views.probes")),
    path("", include("rushi.web.views.programs")),
    path("", include("rushi.web.views.public")),
    path("", include("rushi.web.views.report")),
    path("", include("rushi.web.views.review")),
    path("", include("rushi.web.views.rules")),
    path("", include("rushi.web.views.security")),
    path("", include("rushi.web.views.tasks")),
    path("", include("rushi.web.views.wallet")),
    path("", include("rushi.web.views.work")),
]
