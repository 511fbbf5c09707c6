"""Whatever is uploaded is decoded and written anew, or refused; nothing else of it is kept."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rushi.kernel import pictures
from tests.pictures import PDF, PNG, made, phone_photo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'


def test_place_and_device_go_and_the_picture_stands_upright() -> None:
    photo = phone_photo()
    assert b"SECRET-PHONE" in photo
    kept = pictures.clean(photo)
    assert kept.kind == "jpg"
    assert b"SECRET-PHONE" not in kept.data
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.size == (6, 8)
        assert not image.getexif()


@pytest.mark.parametrize("hidden", [b"<script>alert(1)</script>", b"PK\x03\x04 a zip", b"<?php system($_GET[0]);"])
def test_what_hides_behind_a_picture_goes(hidden: bytes) -> None:
    for picture in (PNG, made("JPEG")):
        assert hidden not in pictures.clean(picture + hidden).data


def test_text_inside_a_png_goes() -> None:
    words = b"tEXt" + b"Comment\x00<script>alert(1)</script>"
    chunk = struct.pack(">I", len(words) - 4) + words + struct.pack(">I", zlib.crc32(words))
    assert b"<script>" not in pictures.clean(PNG[:33] + chunk + PNG[33:]).data


@pytest.mark.parametrize(
    "data",
    [b"", SVG, b"\xef\xbb\xbf" + SVG, made("GIF"), made("WEBP"), made("BMP"), b"MZ\x90\x00", PNG[:40], PNG[:-30],
     b"\x89PNG\r\n\x1a\n" + b"0" * 64, b"\xff\xd8\xff" + SVG],
)  # fmt: skip
def test_other_things_are_refused(data: bytes) -> None:
    with pytest.raises(pictures.PictureRefused):
        pictures.clean(data, takes_pdf=True)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"\x00\x00\x00\x0dIHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with pytest.raises(pictures.PictureRefused):
        pictures.clean(PNG[:8] + chunk + PNG[33:])
    with pytest.raises(pictures.PictureRefused):
        pictures.clean(made("PNG", (pictures.SIDE_MAX + 1, 1)))
    with pytest.raises(pictures.PictureRefused):
        pictures.clean(PNG + b"0" * pictures.BYTES_MAX)


def test_papers_run_nothing() -> None:
    assert pictures.clean(PDF, takes_pdf=True).data == PDF
    with pytest.raises(pictures.PictureRefused):
        pictures.clean(PDF)
    for word in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile"):
        with pytest.raises(pictures.PictureRefused):
            pictures.clean(PDF.replace(b"/Catalog", b"/Catalog" + word + b" 2 0 R"), takes_pdf=True)


@settings(max_examples=300)
@given(st.sampled_from([PNG, made("JPEG"), phone_photo(), PDF]), st.data())
def test_damaged_files_are_a_picture_or_refused_and_nothing_else(whole: bytes, data: st.DataObject) -> None:
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    broken = broken[: data.draw(st.integers(0, len(broken)))]
    try:
        kept = pictures.clean(bytes(broken), takes_pdf=True)
    except pictures.PictureRefused:
        return
    assert pictures.kind_of(kept.data) == kept.kind
