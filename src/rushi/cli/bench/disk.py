"""A disk of its own for a bench, small enough to be filled: an ext4 image on a loop device, in our own mount namespace.

Nobody else sees the mount, and the kernel undoes it when our last process ends, however it ends. Only root may.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_BALLAST = "ballast"


@dataclass(frozen=True, slots=True)
class Disk:
    """Where it is mounted, and what it is (`why_not` says why it cannot be filled)."""

    path: Path
    kind: str
    why_not: str = ""

    def fill(self) -> int:
        """Take every free byte; how many were taken."""
        taken = 0
        with (self.path / _BALLAST).open("wb") as file:
            size = 64 * 2**20
            while size >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), taken, size)
                    taken += size
                except OSError:
                    size //= 2
        return taken

    def free(self) -> None:
        """Give the space back."""
        (self.path / _BALLAST).unlink(missing_ok=True)


@contextlib.contextmanager
def own(root: Path, megabytes: int) -> Iterator[Disk]:
    """A fresh directory below `root` on a disk of `megabytes`; on the common disk where we may not mount."""
    shutil.rmtree(root, ignore_errors=True)
    place, image = root / "disk", root / "disk.img"
    place.mkdir(parents=True, mode=0o700)
    why_not = _mount(image, place, megabytes)
    try:
        yield Disk(place, "the common disk" if why_not else f"ext4 image of {megabytes} MB on a loop device", why_not)
    finally:
        if not why_not:
            subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)
        shutil.rmtree(root, ignore_errors=True)


def _mount(image: Path, place: Path, megabytes: int) -> str:
    """Mount a new image; empty, or why that is not possible here."""
    if os.geteuid() != 0:
        return "only root may mount"
    if shutil.which("mkfs.ext4") is None:
        return "mkfs.ext4 is not installed"
    with image.open("wb") as file:
        file.truncate(megabytes * 2**20)
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        return f"no mount namespace: {os.strerror(ctypes.get_errno())}"
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1", str(image)],
        ["mount", "-o", "loop", str(image), str(place)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{' '.join(command[:2])}: {done.stderr.strip()}"
    return ""
