"""Clips: what a file really is, its poster frame and its phone rendition. PyAV's wheel carries the codecs."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO, Any

import av
import av.error
from av.filter import Graph
from django.core.files import File
from django.core.files.base import ContentFile

from rushi.campaigns import rules
from rushi.campaigns.errors import MaterialRefused
from rushi.campaigns.models import Material
from rushi.kernel.ids import uuid7

RENDITION_BYTES_PER_30S = 1_500_000
VIDEO_BITS, AUDIO_BITS = 300_000, 48_000  # together under the 400 kbit/s that 1.5 MB in 30 s allow
SHORT_SIDE_MAX = 540
POSTER_WIDTH_MAX = 480
FPS_MAX = 30
AUDIO_RATE = 44_100


class CannotProcess(Exception):
    """The clip cannot be decoded; the text is a Chinese message id for its owner."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file's container says."""

    mime: str
    extension: str
    duration_ms: int
    width: int
    height: int


def probe(file: IO[bytes] | File[bytes]) -> Probe:
    """Read type, duration and size from the content, never from the name. Raises MaterialRefused."""
    size = file.seek(0, io.SEEK_END)
    if size > rules.CLIP_BYTES_MAX:
        raise MaterialRefused(fault="超过 200 MB，请压缩后再传。")
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    mime, extension = _sniff(head)
    try:
        with av.open(file, "r") as container:
            found = _read(container, mime, extension)
    except (av.error.FFmpegError, ValueError) as error:
        raise MaterialRefused(fault="文件损坏或不是视频。") from error
    finally:
        file.seek(0)
    if not rules.CLIP_MS_MIN <= found.duration_ms <= rules.CLIP_MS_MAX:
        raise MaterialRefused(fault="时长要在 3 秒到 5 分钟之间。")
    return found


def _sniff(head: bytes) -> tuple[str, str]:
    if head[4:8] == b"ftyp":
        return "video/mp4", "mp4"
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head:
        return "video/webm", "webm"
    raise MaterialRefused(fault="只收 mp4 或 webm 视频。")


def _read(container: Any, mime: str, extension: str) -> Probe:
    if not container.streams.video:
        raise MaterialRefused(fault="文件里没有画面。")
    stream = container.streams.video[0]
    frame = next(container.decode(stream), None)
    if frame is None:
        raise MaterialRefused(fault="文件损坏或不是视频。")
    duration_ms = _duration_ms(container, stream)
    width, height = (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
    return Probe(mime, extension, duration_ms, width, height)


def _duration_ms(container: Any, stream: Any) -> int:
    if container.duration:
        return int(container.duration * 1000 // av.time_base)
    if stream.duration:
        return int(stream.duration * stream.time_base * 1000)
    # Recorded in a browser: no length in the head, so the last packet tells.
    container.seek(0)
    ends = (packet.pts + (packet.duration or 0) for packet in container.demux(stream) if packet.pts is not None)
    return int(max(ends, default=0) * stream.time_base * 1000)


def digest(file: IO[bytes] | File[bytes]) -> str:
    """SHA-256 of the whole file, hex; leaves the file at its beginning."""
    file.seek(0)
    found = hashlib.sha256()
    while chunk := file.read(1 << 20):
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def make_poster(material: Material) -> None:
    """Set the poster: a JPEG of a frame a quarter into the clip. Raises CannotProcess."""
    try:
        with material.original.open("rb") as file, av.open(file, "r") as container:
            stream = container.streams.video[0]
            container.seek(material.duration_ms * av.time_base // 4000)
            frame = next(container.decode(stream), None)
            if frame is None:
                container.seek(0)
                frame = next(container.decode(stream))
            picture = _jpeg(frame)
    except (av.error.FFmpegError, StopIteration, ValueError) as error:
        raise CannotProcess("无法读取画面，请换一个文件。") from error
    material.poster.save(f"{uuid7()}.jpg", ContentFile(picture), save=False)


def _jpeg(frame: Any) -> bytes:
    upright = next(_filtered(frame, [frame], POSTER_WIDTH_MAX, None, "yuvj420p"))
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = upright.width, upright.height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    encoder.options = {"q:v": "4"}
    upright.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(upright), *encoder.encode(None)])


def make_rendition(material: Material) -> None:
    """Set the phone rendition: H.264/AAC mp4, index first, under 1.5 MB in 30 s. Raises CannotProcess.

    A clip that already is all that is kept byte for byte.
    """
    name = f"{uuid7()}.mp4"
    with material.original.open("rb") as file:
        if _is_light(file, material):
            file.seek(0)
            material.rendition.save(name, File(file), save=False)
        else:
            file.seek(0)
            with tempfile.TemporaryDirectory() as room:
                made = Path(room) / name  # a path: putting the index first re-opens the file
                try:
                    _transcode(file, made, material)
                except (av.error.FFmpegError, ValueError) as error:
                    raise CannotProcess("无法转成手机版，请换一个文件。") from error
                with made.open("rb") as done:
                    material.rendition.save(name, File(done), save=False)
    material.rendition_bytes = material.rendition.size


def forget(material: Material) -> None:
    """Delete all files of a material that is no more."""
    for field in (material.original, material.poster, material.rendition):
        if field:
            field.delete(save=False)


def _is_light(file: IO[bytes], material: Material) -> bool:
    if material.mime != "video/mp4" or material.bytes * 30_000 > RENDITION_BYTES_PER_30S * material.duration_ms:
        return False
    if not _index_first(file):
        return False
    file.seek(0)
    with av.open(file, "r") as container:
        names = {stream.codec_context.name for stream in [*container.streams.video, *container.streams.audio]}
    return names <= {"h264", "aac"}


def _index_first(file: IO[bytes]) -> bool:
    """Whether `moov` comes before `mdat`, so that a player can begin before the whole file is there."""
    file.seek(0)
    for _box in range(32):
        head = file.read(8)
        if len(head) < 8:
            return False
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in {b"moov", b"mdat"}:
            return kind == b"moov"
        if length < 8:
            return False
        file.seek(length - 8, io.SEEK_CUR)
    return False


def _transcode(source: IO[bytes], target: Path, material: Material) -> None:
    with (
        av.open(source, "r") as read,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as write,
    ):
        picture = read.streams.video[0]
        picture.thread_type = "AUTO"
        first = next(read.decode(picture))
        read.seek(0)
        rate = min(FPS_MAX, round(picture.average_rate or 25)) or 25
        sound = _sound_output(read, write)
        video: Any = None
        for frame in _filtered(first, read.decode(picture), SHORT_SIDE_MAX, rate, "yuv420p"):
            video = video or _video_output(write, frame, rate)
            for packet in video.encode(frame):
                write.mux(packet)
            _tell(material, frame)
        for packet in video.encode(None) if video else []:
            write.mux(packet)
        if sound is not None:
            read.seek(0)
            _copy_sound(read, write, sound)


def _video_output(write: Any, frame: Any, rate: int) -> Any:
    video = write.add_stream("libx264", rate=rate)
    video.width, video.height, video.pix_fmt = frame.width, frame.height, "yuv420p"
    video.bit_rate = VIDEO_BITS
    video.options = {
        "preset": "veryfast", "profile": "main", "maxrate": str(VIDEO_BITS), "bufsize": str(VIDEO_BITS * 2),
        "g": str(rate * 2),
    }  # fmt: skip
    return video


def _sound_output(read: Any, write: Any) -> Any:
    if not read.streams.audio:
        return None
    sound = write.add_stream("aac", rate=AUDIO_RATE)
    sound.bit_rate, sound.layout = AUDIO_BITS, "mono"
    return sound


def _copy_sound(read: Any, write: Any, sound: Any) -> None:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=AUDIO_RATE)
    for frame in chain(read.decode(read.streams.audio[0]), [None]):
        for piece in resampler.resample(frame):
            for packet in sound.encode(piece):
                write.mux(packet)
    for packet in sound.encode(None):
        write.mux(packet)


def _filtered(first: Any, frames: Any, short_side_max: int, rate: int | None, pix_fmt: str) -> Iterator[Any]:
    """Frames turned upright, scaled to even sides no larger than asked, at a steady rate, in one pixel format."""
    graph = Graph()
    base = first.time_base or Fraction(1, 90_000)
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format.name, time_base=base)
    links = [source]
    turn = {90: "2", 270: "1", -90: "1", 180: "2,transpose=2"}.get(first.rotation)
    if turn == "2,transpose=2":
        links += [graph.add("transpose", "2"), graph.add("transpose", "2")]
    elif turn:
        links.append(graph.add("transpose", turn))
    width, height = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
    share = min(1.0, short_side_max / min(width, height))
    links.append(graph.add("scale", f"{_even(width * share)}:{_even(height * share)}"))
    if rate:
        links.append(graph.add("fps", f"fps={rate}"))
    links += [graph.add("format", pix_fmt), graph.add("buffersink")]
    graph.link_nodes(*links).configure()
    for frame in frames:
        graph.push(frame)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _tell(material: Material, frame: Any) -> None:
    done = min(99, int((frame.time or 0) * 100_000 / max(1, material.duration_ms)))
    if done >= material.progress_percent + 10:
        material.progress_percent = done
        Material.objects.filter(pk=material.pk).update(progress_percent=done)
