"""Real pictures for tests, made small: a PNG, a JPEG with a place and a device in it, a paper."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def made(form: str, size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    """A picture of one colour in the format `form` (Pillow's names)."""
    out = io.BytesIO()
    Image.new("RGB", size, (120, 30, 60)).save(out, form, **options)
    return out.getvalue()


def phone_photo() -> bytes:
    """A JPEG that says where it was taken and with what, lying on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRET-PHONE", 6
    exif.get_ifd(0x8825)[1] = "N"
    return made("JPEG", (8, 6), exif=exif.tobytes())


PNG = made("PNG")
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
