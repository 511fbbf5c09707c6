"""Makes the demo clips: draws scenes with Chromium frame by frame, encodes H.264 with PyAV. A tool, not shipped.

Run from the repository's root with the development environment: `python tools/clips/make.py [name …]`.
Needs Debian's chromium and fonts-noto-cjk. Big Buck Bunny is not made here: see clips/LICENCES.md.
"""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "src" / "rushi" / "market" / "clips"
WIDTH, HEIGHT, RATE = 540, 960, 24
SEEK = "t => document.getAnimations().forEach(a => { a.pause(); a.currentTime = t; })"


def main(names: list[str]) -> None:
    """Make the named scenes, or all."""
    import scenes

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, (seconds, body) in scenes.SCENES.items():
            if not names or name in names:
                make(page, name, seconds, body)
        browser.close()


def make(page: Page, name: str, seconds: float, body: str) -> None:
    """Draw one scene and write `<name>.mp4`."""
    css = (HERE / "scenes.css").read_text("utf-8")
    page.set_content(f"<!doctype html><meta charset=utf-8><style>{css}</style><body>{body}</body>")
    page.evaluate("document.fonts.ready")
    path = OUT / f"{name}.mp4"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "25", "preset": "slow", "tune": "animation", "profile": "main"}
        for index in range(round(seconds * RATE)):
            page.evaluate(SEEK, index * 1000 / RATE)
            picture = page.screenshot(type="png")
            with av.open(io.BytesIO(picture), format="png_pipe") as source:
                frame = next(source.decode(video=0)).reformat(format="yuv420p")
            frame.pict_type = PictureType.NONE  # a picture says "key frame"; let the encoder decide
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    print(f"{path.name}: {path.stat().st_size // 1024} kB")  # noqa: T201


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    main(sys.argv[1:])
