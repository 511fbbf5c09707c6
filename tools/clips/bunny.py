"""Makes the light excerpt of Big Buck Bunny: `python tools/clips/bunny.py SOURCE.mp4`. A tool, not shipped."""

from __future__ import annotations

import sys
from pathlib import Path

import av
from av.video.frame import PictureType

OUT = Path(__file__).parent.parent.parent / "src" / "rushi" / "market" / "clips" / "bigbuckbunny.mp4"


def main(source: str) -> None:
    """Scale to 960 × 540 and encode H.264 with the sound as it is."""
    with av.open(source) as old, av.open(str(OUT), "w", options={"movflags": "+faststart"}) as new:
        pictures, sounds = old.streams.video[0], old.streams.audio[0]
        video = new.add_stream("libx264", rate=pictures.average_rate)
        video.width, video.height, video.pix_fmt = 960, 540, "yuv420p"
        video.options = {"crf": "31", "preset": "veryslow", "profile": "main"}
        audio = new.add_stream("aac", rate=44_100, bit_rate=40_000, layout="mono")
        for frame in old.decode(pictures, sounds):
            if isinstance(frame, av.VideoFrame):
                small = frame.reformat(960, 540, "yuv420p")
                small.pict_type = PictureType.NONE
                new.mux(video.encode(small))
            else:
                new.mux(audio.encode(frame))
        new.mux(video.encode(None))
        new.mux(audio.encode(None))
    print(f"{OUT.name}: {OUT.stat().st_size // 1024} kB")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
