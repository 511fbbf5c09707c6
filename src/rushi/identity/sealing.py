"""Sealed at rest: AES-256-GCM for names and numbers, HMAC-SHA256 for the blind index, keys by HKDF.

A sealed value is `key id (4 bytes) ‖ nonce (12) ‖ ciphertext and tag`. The key id says which identity key
sealed it, so a new RUSHI_IDENTITY_KEY can be put in front while RUSHI_IDENTITY_KEYS_RETIRED still opens old rows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class Unsealable(Exception):
    """No key at hand opens this value, or it belongs to another context."""


def seal(text: str, *, context: str = "") -> bytes:
    """Encrypt `text`; it opens only under the same `context` (e.g. `real_name.number:<user id>`)."""
    key_id, key = _derived(settings.IDENTITY_KEY)
    nonce = os.urandom(_NONCE_BYTES)
    return key_id + nonce + AESGCM(key).encrypt(nonce, text.encode(), context.encode())


def unseal(blob: bytes | memoryview, *, context: str = "") -> str:
    """Decrypt what `seal` made under the same context. Raises Unsealable."""
    data = bytes(blob)
    key_id, nonce = data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
    for secret in (settings.IDENTITY_KEY, *settings.IDENTITY_KEYS_RETIRED):
        candidate, key = _derived(secret)
        if candidate == key_id:
            try:
                return AESGCM(key).decrypt(nonce, data[_KEY_ID_BYTES + _NONCE_BYTES :], context.encode()).decode()
            except InvalidTag as error:
                raise Unsealable from error
    raise Unsealable


def digest(text: str, *, context: str = "identity_number") -> bytes:
    """The blind index (32 bytes) of a value under its own key: equal values meet, nobody can guess backwards."""
    key = _hkdf(settings.BLIND_INDEX_KEY, b"rushi blind index " + context.encode())
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@cache
def _derived(secret: bytes) -> tuple[bytes, bytes]:
    return _hkdf(secret, b"rushi identity key id")[:_KEY_ID_BYTES], _hkdf(secret, b"rushi identity sealing")


@cache
def _hkdf(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
