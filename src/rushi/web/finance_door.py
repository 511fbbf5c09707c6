"""What the finance desk's views share: who may come in, pages of rows, refusals shown where they happened."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache

from rushi.kernel.errors import NotFound, RushiError
from rushi.web.errors import refused
from rushi.web.lock import desk

T = TypeVar("T")
M = TypeVar("M", bound=Model)


def finance_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets in finance people only, with their second factor; see `assurance.desk`."""
    return never_cache(desk("finance")(view))


def refused_to(name: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Shows a refusal (RushiError) as a message on the page called `name`, with the view's own arguments."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except NotFound:
                raise
            except RushiError as error:
                refused(request, error)
                return HttpResponseRedirect(reverse(name, args=args, kwargs=kwargs))

        return shown

    return decorate


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of rows: no total is counted, one row more is looked for."""

    rows: Sequence[T]
    number: int
    has_next: bool


def page_number(request: HttpRequest) -> int:
    """The page that `?page=` asks for; nonsense is page 1."""
    text = request.GET.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def sliced(request: HttpRequest, rows: QuerySet[M], size: int) -> Slice[M]:
    """The page of `rows` that the request asks for."""
    number = page_number(request)
    found = list(rows[(number - 1) * size : number * size + 1])
    return Slice(found[:size], number, len(found) > size)
