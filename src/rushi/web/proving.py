"""Proving who one is: the ways a person has, and what a posted form proves. Shared by login and by asking again."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.http import HttpRequest, JsonResponse

from rushi.identity import actions, assurance, passkeys, queries
from rushi.identity.errors import WrongFactor
from rushi.identity.models import Factor, User
from rushi.kernel import clock
from rushi.web import lock
from rushi.web.phone_code import StepUpCode

CHALLENGE_SECONDS = 300
WAY, CODE, PASSKEY = "again_way", "again_code", "again_passkey"
FIELDS = {WAY, CODE, PASSKEY, "csrfmiddlewaretoken"}
_STATE = "passkey_state"


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody can prove who they are, here and now."""

    app: bool
    passkey: bool
    recovery: bool
    phone: str
    code_sent: bool
    resend_wait_seconds: int
    demo: bool
    passkey_fits: bool

    @property
    def factor(self) -> bool:
        """Whether there is a second factor, which then is the only way."""
        return self.app or self.passkey


def ways(request: HttpRequest, user: User) -> Ways:
    """The ways of this person: their factors, or where they have none a code to their phone; in the demo one tap."""
    held = {factor.kind for factor in queries.factors(user.pk)}
    process = StepUpCode.resume(request)
    sent = process if process is not None and process.phone == user.phone else None
    return Ways(
        app=Factor.Kind.TOTP in held,
        passkey=Factor.Kind.PASSKEY in held,
        recovery=bool(held) and queries.recovery_codes_left(user.pk) > 0,
        phone="" if held else user.phone or "",
        code_sent=sent is not None,
        resend_wait_seconds=sent.resend_wait_seconds if sent else 0,
        demo=user.is_demo and lock.may_use_demo(request),
        passkey_fits=passkey_fits(request),
    )


def passkey_fits(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for this address: a name, not a number (WebAuthn 5.1.3)."""
    try:
        ipaddress.ip_address(lock.site(request).host.strip("[]"))
    except ValueError:
        return True
    return False


def prove_factor(request: HttpRequest, user: User) -> str:
    """How a posted form proves a second factor of this person's. Raises WrongFactor, TooOften."""
    if request.POST.get(WAY) != "passkey":
        return actions.prove_code(user_id=user.pk, code=request.POST.get(CODE, "")[:40])
    state = take_state(request)
    answer = request.POST.get(PASSKEY, "")
    return actions.prove_passkey(user_id=user.pk, site=lock.site(request), state=state, answer=answer)


def ask_passkey(request: HttpRequest, user: User) -> JsonResponse:
    """The options for the browser's dialog; what was asked waits in the session for the answer."""
    options, state = passkeys.ask_to_prove(lock.site(request), queries.passkeys(user.pk))
    keep_state(request, state)
    return JsonResponse(options)


def keep_state(request: HttpRequest, state: object) -> None:
    """Keep what a passkey was asked, for its answer."""
    request.session[_STATE] = {"state": state, "at": clock.now().timestamp()}


def take_state(request: HttpRequest) -> object:
    """What a passkey was asked: once, and not too long ago. Raises WrongFactor."""
    kept = request.session.pop(_STATE, None)
    if kept is None or clock.now().timestamp() - kept["at"] > CHALLENGE_SECONDS:
        raise WrongFactor
    return kept["state"]


def prove_again(request: HttpRequest, user: User) -> str | None:
    """How a form proves somebody who is logged in; None when it only asked for a code to be sent.

    Whoever has a factor proves that one: a code to a phone would be the weaker way around it.
    Raises WrongFactor, TooOften, ProviderUnavailable.
    """
    way = request.POST.get(WAY)
    if way == assurance.DEMO and ways(request, user).demo:
        return assurance.DEMO
    if queries.has_factor(user.pk):
        return prove_factor(request, user)
    if way == "send" and user.phone:
        _send(request, user.phone)
        return None
    return _prove_phone(request, user)


def _send(request: HttpRequest, phone: str) -> None:
    process = StepUpCode.resume(request)
    if process is None or process.phone != phone:
        StepUpCode.initiate(request, phone)
    elif process.can_resend:
        process.resend()


def _prove_phone(request: HttpRequest, user: User) -> str:
    process = StepUpCode.resume(request)
    code = "".join(request.POST.get(CODE, "").split())
    is_good = process is not None and process.phone == user.phone and not process.is_over and process.is_valid()
    if process is None or not is_good or not process.matches(code):
        raise WrongFactor(field="code")
    process.abort()
    return "code"
