"""Pieces that schemas are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

T = TypeVar("T")
NO_NUL = r"^[^\x00]*$"
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


class Given(Schema):
    """A body that a client sends: what we do not know is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


def text(longest: int, least: int = 0) -> Any:
    """Text of at most so many characters, none of them NUL."""
    return Annotated[str, StringConstraints(min_length=least, max_length=longest, pattern=NO_NUL)]


def one_of(names: Iterable[str]) -> Any:
    """One of a closed list of words."""
    known: list[Any] = list(names)

    def check(word: str) -> str:
        if word not in known:
            raise ValueError("not one of: " + ", ".join(known))
        return word

    return Annotated[str, AfterValidator(check), Field(json_schema_extra={"enum": known})]


def _within_reason(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("between 2000-01-01 and 2099-12-31")
    return day


_DAY_SCHEMA: dict[str, Any] = {"pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
Day = Annotated[
    dt.date,
    AfterValidator(_within_reason),
    Field(description="A day in Shanghai of this century.", json_schema_extra=_DAY_SCHEMA),
]
Fen = Annotated[int, Field(description="Money in fen (1/100 yuan).")]
