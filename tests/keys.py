"""What proves people in tests: an authenticator app, and a passkey made of a P-256 key (WebAuthn, no attestation)."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from rushi.identity import actions
from rushi.identity.models import Factor, User
from rushi.kernel import clock

ORIGIN, HOST = "http://testserver", "testserver"


def app_of(user: User) -> pyotp.TOTP:
    """An authenticator app of this person's, enrolled with the code of a minute ago so that the present one is good."""
    secret = actions.new_totp_secret()
    app = pyotp.TOTP(secret)
    actions.add_totp(actor_id=user.pk, secret=secret, code=shown(app), name="我的手机")
    Factor.objects.filter(user=user).update(counter=0)
    return app


def shown(app: pyotp.TOTP) -> str:
    """What the app shows now."""
    return app.at(clock.now())


class SoftKey:
    """A passkey in software: answers what the page's script would send."""

    def __init__(self, *, counts: bool = True) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.count = 0 if counts else None

    def _data(self, host: str, extra: bytes, flags: int) -> bytes:
        if self.count is not None:
            self.count += 1
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count or 0) + extra

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said, separators=(",", ":")).encode()

    def create(self, options: dict[str, Any], origin: str = ORIGIN, host: str = HOST) -> str:
        """The answer to `navigator.credentials.create`."""
        public = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        extra = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(host, extra, 0x45)
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], origin)
        return self._answer({"attestationObject": made, "clientDataJSON": client})

    def get(self, options: dict[str, Any], origin: str = ORIGIN, host: str = HOST) -> str:
        """The answer to `navigator.credentials.get`."""
        data = self._data(host, b"", 0x05)
        client = self._client("webauthn.get", options["challenge"], origin)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"authenticatorData": data, "clientDataJSON": client, "signature": signature})

    def _answer(self, response: dict[str, bytes]) -> str:
        spoken = {name: websafe_encode(value) for name, value in response.items()}
        mine = websafe_encode(self.id)
        return json.dumps({"id": mine, "rawId": mine, "type": "public-key", "response": spoken})
