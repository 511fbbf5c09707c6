"""A client of the API for programs in Python: `from rushi.client import Rushi`. Needs nothing of the rest but httpx."""

from rushi.client.calls import Rushi
from rushi.client.transport import Problem

__all__ = ["Problem", "Rushi"]
