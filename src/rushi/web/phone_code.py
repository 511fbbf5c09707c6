"""One code for one phone, known or new: allauth's verification process, kept in the session.

The session holds a digest of the code. How often codes go out and how often they may be missed is counted in the
database, exactly, by phone and by address: neither many sessions nor many requests at once get more.
"""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from rushi.identity import actions, sealing
from rushi.kernel import clock

RESEND_SECONDS = 50
RESENDS_MAX = 5
PER_PHONE = ((1, RESEND_SECONDS), (5, 3600), (10, 86_400))
PER_ADDRESS = ((30, 60), (200, 3600), (1000, 86_400))
"""Phones of one mobile network share few addresses: no less than this, and no more, for every message costs money."""
MISSES_PER_PHONE = ((20, 3600),)


class PhoneCodeProcess(AbstractCodeVerificationProcess):  # type: ignore[misc]
    """Sends a code and counts the tries; the same for known and new phones, so nobody learns which is which."""

    kept_as: ClassVar[str] = "phone_code"

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
        )

    @classmethod
    def initiate(cls, request: HttpRequest, phone: str) -> PhoneCodeProcess:
        """Send the first code. Raises TooOften, ProviderUnavailable."""
        process = cls(request, cls.initial_state(user=None, phone=phone))
        process.send()
        return process

    @classmethod
    def resume(cls, request: HttpRequest) -> PhoneCodeProcess | None:
        """The process that this session began; None when there is none or its code is too old to try again."""
        state = request.session.get(cls.kept_as)
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

        A phone whose misses are used up takes no code, not even the right one. Raises TooOften.
        """
        actions.spend(what="code_missed", whose=self.phone, limits=MISSES_PER_PHONE)
        if self.code and constant_time_compare(self.code, self._digest(code)):
            actions.regain(what="code_missed", whose=self.phone, limits=MISSES_PER_PHONE)
            return True
        self.record_invalid_attempt()
        return False

    def _digest(self, code: str) -> str:
        return sealing.digest(f"{self.phone}|{code}", context="phone_code").hex()

    @property
    def is_over(self) -> bool:
        """Whether the tries are used up."""
        return bool(self.state["failed_attempts"] >= self.max_attempts)

    def send(self) -> None:
        """Make a code and send it. Raises TooOften, ProviderUnavailable."""
        adapter = get_adapter(self.request)
        actions.spend(what="code_sent", whose=adapter.get_client_ip(self.request), limits=PER_ADDRESS)
        actions.spend(what="code_sent", whose=self.phone, limits=PER_PHONE)
        code = adapter.generate_phone_verification_code(user=None, phone=self.phone)
        self.state["code"], self.state["at"] = self._digest(code), clock.now().timestamp()
        adapter.send_verification_code_sms(user=None, phone=self.phone, code=code)
        self.persist()

    def resend(self) -> None:
        """Send another code; the old one is void."""
        self.record_resend()
        self.send()

    def persist(self) -> None:
        """Keep the state in the session."""
        self.request.session[self.kept_as] = self.state

    def abort(self) -> None:
        """Forget the code."""
        self.request.session.pop(self.kept_as, None)


class StepUpCode(PhoneCodeProcess):
    """The same for somebody who is logged in already and proves it again."""

    kept_as = "step_up_code"
