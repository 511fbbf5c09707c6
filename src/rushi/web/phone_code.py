"""One code for one phone, known or new: allauth's verification process, kept in the session."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core import ratelimit
from django.http import HttpRequest

from rushi.kernel import clock

SESSION_KEY = "phone_code"
RESEND_SECONDS = 50
RESENDS_MAX = 5


class PhoneCodeProcess(AbstractCodeVerificationProcess):  # type: ignore[misc]
    """Sends a code and counts the tries; the same for known and new phones, so nobody learns which is which."""

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
        )

    @classmethod
    def initiate(cls, request: HttpRequest, phone: str) -> PhoneCodeProcess:
        """Send the first code. Raises allauth's RateLimited, ProviderUnavailable."""
        process = cls(request, cls.initial_state(user=None, phone=phone))
        process.send()
        return process

    @classmethod
    def resume(cls, request: HttpRequest) -> PhoneCodeProcess | None:
        """The process that this session began; None when there is none or its code is too old to try again."""
        state = request.session.get(SESSION_KEY)
        return cls(request, state) if state else None

    @property
    def phone(self) -> str:
        """The phone (E.164) that the code goes to."""
        return str(self.state["phone"])

    @property
    def can_resend(self) -> bool:
        """Whether this session may ask for another code."""
        return not self.is_resend_quota_reached(RESENDS_MAX)

    @property
    def resend_wait_seconds(self) -> int:
        """How long until another code may be asked for."""
        return max(0, round(float(self.state["at"]) + RESEND_SECONDS - clock.now().timestamp()))

    def matches(self, code: str) -> bool:
        """Whether this is the code; a miss counts for the session and for the phone.

        A phone whose misses are used up takes no code, not even the right one. Raises allauth's RateLimited.
        """
        misses: dict[str, Any] = {"action": "login_code_failed", "key": self.phone, "raise_exception": True}
        ratelimit.consume(self.request, **misses, dry_run=True)
        if self.code and code == self.code:
            return True
        self.record_invalid_attempt()
        ratelimit.consume(self.request, **misses)
        return False

    @property
    def is_over(self) -> bool:
        """Whether the tries are used up."""
        return bool(self.state["failed_attempts"] >= self.max_attempts)

    def send(self) -> None:
        """Make a code and send it."""
        ratelimit.consume(self.request, action="request_login_code", key=self.phone, raise_exception=True)
        adapter = get_adapter(self.request)
        self.state["code"] = adapter.generate_phone_verification_code(user=None, phone=self.phone)
        self.state["at"] = clock.now().timestamp()
        adapter.send_verification_code_sms(user=None, phone=self.phone, code=self.state["code"])
        self.persist()

    def resend(self) -> None:
        """Send another code; the old one is void."""
        self.record_resend()
        self.send()

    def persist(self) -> None:
        """Keep the state in the session."""
        self.request.session[SESSION_KEY] = self.state

    def abort(self) -> None:
        """Forget the code."""
        self.request.session.pop(SESSION_KEY, None)
