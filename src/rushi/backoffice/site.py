"""The back office's door: operators come in with the login they have, read every room, and set settings."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from rushi.identity import assurance
from rushi.identity.models import StaffRole, User
from rushi.identity.queries import is_staff
from rushi.kernel.errors import NotAllowed, NotFound


class BackOffice(admin.AdminSite):
    """Django's admin, for holders of the operator role."""

    site_header = _("如实 · 运营后台")
    site_title = _("如实后台")
    index_title = _("总览")

    def register(self, models: Any, admin_class: Any = None, **options: Any) -> None:  # type: ignore[override]
        """Take our own models only: what libraries register of theirs (groups, addresses, jobs) has no page here."""
        for model in models if isinstance(models, (list, tuple)) else [models]:
            if model.__module__.startswith("rushi."):
                super().register(model, admin_class, **options)

    def get_urls(self) -> list[Any]:
        """Django's addresses without the way round by content types."""
        return [url for url in super().get_urls() if "content_type_id" not in str(url.pattern)]

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Nobody has a password. Raises NotFound."""
        raise NotFound

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """The same. Raises NotFound."""
        raise NotFound

    def has_permission(self, request: HttpRequest) -> bool:
        return self._is_operator(request) and assurance.has_second_factor(request)

    @staticmethod
    def _is_operator(request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and is_staff(user.pk, StaffRole.Role.OPERATOR)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send visitors to the one login page there is, operators to their second factor. Raises NotAllowed."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated and not self._is_operator(request):
            raise NotAllowed
        wanted = QueryDict(mutable=True)
        wanted["next"] = request.GET.get("next", "/admin/")
        door = "/me/security/desk/" if request.user.is_authenticated else "/login/"
        return redirect(f"{door}?{wanted.urlencode()}")
