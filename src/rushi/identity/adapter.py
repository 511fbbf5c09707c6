"""What allauth asks of us: how codes are made and sent, and where phones are kept."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from rushi.identity.errors import ProviderUnavailable
from rushi.identity.models import User
from rushi.integrations import sms
from rushi.integrations.errors import ServiceError
from rushi.kernel import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Phone login through our User and our SMS client."""

    def send_verification_code_sms(self, user: User | None, phone: str, code: str, **kwargs: Any) -> None:
        """Send a code, to known and unknown phones alike. Raises ProviderUnavailable."""
        try:
            sms.send_code(phone, code)
        except ServiceError as error:
            raise ProviderUnavailable from error

    def get_user_by_phone(self, phone: str) -> User | None:
        """The user with this phone (E.164), or None."""
        return User.objects.filter(phone=phone).first()

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The user's phone and whether a code proved it."""
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Keep a phone."""
        user.phone, user.phone_verified_at = phone, clock.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Note that a code proved the user's phone."""
        User.objects.filter(pk=user.pk, phone=phone).update(phone_verified_at=clock.now())

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages say where one is."""
