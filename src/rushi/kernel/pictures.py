"""Pictures and papers from strangers: decoded whole and written anew, so that nothing but the picture gets in.

What the file is, its first bytes say, never its name. Metadata (place, device, EXIF) goes, hidden data behind the
picture goes, what is broken or absurdly large is refused before it is unpacked. SVG is a program: not taken.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

BYTES_MAX: Final = 10 * 1024 * 1024
PIXELS_MAX: Final = 40_000_000  # a phone's camera makes 12 to 50 million; unpacked that is 120 MB
SIDE_MAX: Final = 12_000
JPEG_QUALITY: Final = 88
_ACTIVE_PDF: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData)\b")
_FORMATS: Final = {"png": "PNG", "jpg": "JPEG"}


class PictureRefused(ValueError):
    """Not a picture or paper that is taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to keep: its bytes, written by us (or, for a PDF, looked through), and its ending."""

    data: bytes
    kind: str


def kind_of(head: bytes) -> str | None:
    """`png`, `jpg` or `pdf` by the first bytes of a file, else None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "pdf" if head.startswith(b"%PDF-") else None


def clean(data: bytes, *, takes_pdf: bool = False) -> Picture:
    """The picture in `data`, decoded, upright and written anew in its own format; a PDF without anything that runs.

    Raises PictureRefused.
    """
    kind = kind_of(data[:16])
    if kind is None or len(data) > BYTES_MAX or (kind == "pdf" and not takes_pdf):
        raise PictureRefused(kind or "unknown")
    return _paper(data) if kind == "pdf" else Picture(_written_anew(data, kind), kind)


def _paper(data: bytes) -> Picture:
    # A PDF cannot be written anew without a renderer. What says that it runs something is refused; who looks at the
    # rest gets it as a download under a policy that runs nothing.
    if b"%%EOF" not in data[-2048:] or _ACTIVE_PDF.search(data):
        raise PictureRefused("pdf")
    return Picture(data, "pdf")


def _written_anew(data: bytes, kind: str) -> bytes:
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of bombs and of broken metadata: neither is taken
            with Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as image:
                if image.width * image.height > PIXELS_MAX or max(image.size) > SIDE_MAX:
                    raise PictureRefused("size")
                image.load()
                upright = ImageOps.exif_transpose(image)
                bare = Image.new("RGBA" if kind == "png" and "A" in upright.getbands() else "RGB", upright.size)
                bare.paste(upright)
                options = {"quality": JPEG_QUALITY} if kind == "jpg" else {"optimize": False}
                bare.save(out, _FORMATS[kind], **options)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        raise PictureRefused(kind) from error
    return out.getvalue()
