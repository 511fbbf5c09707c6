"""Clips and posters over HTTP Range, by signed link: what a CDN would do with the same address and key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from rushi.campaigns import links
from rushi.campaigns.models import Material
from rushi.kernel.errors import NotFound

PIECE_BYTES = 1024 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@require_safe
def media(request: HttpRequest, material_id: UUID, kind: str) -> HttpResponseBase:
    """One file of a material, whole or a range of at most 1 MiB. 404 for a link that is not good."""
    given = (request.GET.get(name, "") for name in ("v", "a", "e", "s"))
    if kind not in {"rendition", "poster", "original"} or not links.is_good(material_id, kind, *given):
        raise NotFound
    material = Material.objects.filter(pk=material_id).first()
    field: FieldFile | None = getattr(material, kind, None)
    if material is None or not field:
        raise NotFound
    mime = {"poster": "image/jpeg", "rendition": "video/mp4"}.get(kind, material.mime)
    response = _answer(request, field, f'"{material.sha256[:32]}-{kind}"')
    response["Content-Type"] = mime
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response


def _answer(request: HttpRequest, field: FieldFile, etag: str) -> HttpResponseBase:
    size = field.size
    wanted = request.headers.get("Range", "")
    stale = request.headers.get("If-Range", etag) != etag
    span = None if stale else _span(wanted, size)
    if span == (-1, -1):
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    first, last = span or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(status=206 if span else 200)
    else:
        response = StreamingHttpResponse(_bytes(field, first, last), status=206 if span else 200)
    response["Content-Length"] = str(last - first + 1)
    response["ETag"] = etag
    if span:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """The first and last byte to send; None for no range we honour, (-1, -1) for one that cannot be had."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group() == "bytes=-":
        return None
    begin, end = match.groups()
    first = int(begin) if begin else max(0, size - int(end))
    last = min(size - 1, int(end)) if begin and end else size - 1
    if begin and end and int(end) < first:
        return None  # not a range at all: RFC 9110 14.1.1 has us ignore it
    if first >= size or (not begin and int(end) == 0):
        return (-1, -1)
    return first, min(last, first + PIECE_BYTES - 1)


def _bytes(field: FieldFile, first: int, last: int) -> Iterator[bytes]:
    with field.storage.open(str(field.name), "rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (piece := file.read(min(64 * 1024, left))):
            left -= len(piece)
            yield piece


urlpatterns = [path("media/<uuid:material_id>/<str:kind>", media, name="media")]
