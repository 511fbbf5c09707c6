"""What can go wrong between us and an outside service. None of these carries a phone, a name or a code."""

from __future__ import annotations


class ServiceError(Exception):
    """An outside service did not do what it was asked. `code` is the service's own word for why."""

    def __init__(self, code: str, request_id: str = "") -> None:
        super().__init__(f"{code} (request {request_id or 'unknown'})")
        self.code = code
        self.request_id = request_id


class ServiceTimeout(ServiceError):
    """No answer in time, or no connection: whether it was done is unknown."""


class ServiceThrottled(ServiceError):
    """Too many requests, says the service."""


class ServiceRefused(ServiceError):
    """The service understood and refused: bad credentials, bad parameters, no balance."""
