"""Short clips made on the spot, H.264 and AAC as phones play them: no file to keep, nothing to download."""

from __future__ import annotations

import math
import tempfile
from array import array
from fractions import Fraction
from functools import cache
from pathlib import Path

import av

FRAMES_A_SECOND = 10
WIDTH, HEIGHT = 192, 320  # a row of 192 RGB pixels needs no padding
SAMPLES_A_SECOND, FRAME = 44_100, 1024


@cache
def mp4(seconds: int) -> bytes:
    """A vertical clip with a moving bar and a quiet tone, its index in front so that it starts at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        _write(path, seconds)
        return path.read_bytes()


def _write(path: Path, seconds: int) -> None:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:  # a second pass: needs a real file
        video = out.add_stream("libx264", rate=FRAMES_A_SECOND, options={"preset": "ultrafast", "g": "10"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = out.add_stream("aac", rate=SAMPLES_A_SECOND, layout="mono")
        for index in range(seconds * FRAMES_A_SECOND):
            frame = av.VideoFrame(WIDTH, HEIGHT, "rgb24")
            frame.planes[0].update(_picture(index * 7 % (HEIGHT - 40)))
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for start in range(0, seconds * SAMPLES_A_SECOND // FRAME * FRAME, FRAME):
            out.mux(audio.encode(_tone(start)))
        out.mux(audio.encode(None))


def _picture(top: int) -> bytes:
    dark, bright = bytes((20, 90, 80)) * WIDTH, bytes((230, 180, 60)) * WIDTH
    return dark * top + bright * 40 + dark * (HEIGHT - top - 40)


def _tone(start: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="mono", samples=FRAME)
    wave = (0.05 * math.sin(2 * math.pi * 440 * (start + i) / SAMPLES_A_SECOND) for i in range(FRAME))
    frame.planes[0].update(array("f", wave).tobytes())
    frame.sample_rate, frame.pts, frame.time_base = SAMPLES_A_SECOND, start, Fraction(1, SAMPLES_A_SECOND)
    return frame
