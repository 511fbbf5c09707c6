"""Passkeys (WebAuthn level 3) through Yubico's fido2: what the browser is asked, and whether its answer holds.

The relying party is the host of the page; the origin must be the page's own, exactly. No attestation is asked for:
which make of key somebody uses is nobody's business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from rushi.identity.errors import WrongFactor

ANSWER_LENGTH_MAX = 8_000


@dataclass(frozen=True, slots=True)
class Site:
    """The site that asks: its name for the dialog, host (without port) and origin."""

    name: str
    host: str
    origin: str

    def server(self) -> Fido2Server:
        """Fido2's relying party for this site."""
        party = PublicKeyCredentialRpEntity(id=self.host, name=self.name)
        return Fido2Server(party, verify_origin=lambda origin: origin == self.origin)


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its id, and the credential as text for sealing."""

    credential_id: bytes
    text: str
    count: int


def ask_to_register(site: Site, user_id: UUID, label: str, known: Sequence[str]) -> tuple[dict[str, Any], Any]:
    """Options for `navigator.credentials.create` as JSON, and the state to keep for the answer."""
    user = PublicKeyCredentialUserEntity(id=user_id.bytes, name=label, display_name=label)
    options, state = site.server().register_begin(
        user,
        [_credential(text) for text in known],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options)["publicKey"], state


def register(site: Site, state: Any, answer: str) -> Registered:
    """The passkey that the browser made. Raises WrongFactor."""
    try:
        made = site.server().register_complete(state, _answer(answer))
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFactor from error
    assert made.credential_data is not None
    text = base64.b64encode(made.credential_data).decode()
    return Registered(made.credential_data.credential_id, text, made.counter)


def ask_to_prove(site: Site, known: Sequence[str]) -> tuple[dict[str, Any], Any]:
    """Options for `navigator.credentials.get` as JSON, and the state to keep for the answer."""
    options, state = site.server().authenticate_begin(
        [_credential(text) for text in known], user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(options)["publicKey"], state


def prove(site: Site, state: Any, known: Sequence[str], answer: str) -> tuple[int, int]:
    """Which of `known` signed (its place), and its signature count (0: the maker counts nothing).

    Raises WrongFactor.
    """
    try:
        response = AuthenticationResponse.from_dict(_answer(answer))
        credentials = [_credential(text) for text in known]
        used = site.server().authenticate_complete(state, credentials, response)
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFactor from error
    return credentials.index(used), response.response.authenticator_data.counter


def _credential(text: str) -> AttestedCredentialData:
    return AttestedCredentialData(base64.b64decode(text))


def _answer(text: str) -> Mapping[str, Any]:
    """The browser's JSON. Raises ValueError for anything that is not an object of a sane size."""
    if len(text) > ANSWER_LENGTH_MAX:
        raise ValueError("too long")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
