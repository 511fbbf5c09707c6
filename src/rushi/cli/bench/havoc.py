"""What goes wrong during a fault trial: processes killed, connections cut, the disk full, the clock stepped."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from rushi.cli.bench.besieged import Process, Site, family
from rushi.cli.bench.cable import Cable
from rushi.cli.bench.disk import Disk
from rushi.kernel import clock

PAUSE_S = (3.0, 6.5)
"""Between two faults: the next may come before the last one is over."""
FULL_S = (2.0, 5.0)
STEP_MS = 60_000
_DECK = {
    "web_worker": 4, "web": 2, "job_worker": 3, "sandbox": 1, "database": 3, "backend": 3,
    "connection": 2, "wire": 2, "disk": 1, "clock": 3,
}  # fmt: skip
KILLS = ("web_worker", "web", "job_worker", "sandbox", "database", "backend")


class Havoc:
    """Draws faults from a shuffled deck, each kind once at first (kills come first), then by weight; counts."""

    def __init__(self, site: Site, cable: Cable, disk: Disk, clock_file: Path, draw: random.Random) -> None:
        self.site, self.cable, self.disk, self.clock_file, self.draw = site, cable, disk, clock_file, draw
        self.done: Counter[str] = Counter()
        self.events: list[tuple[float, str]] = []
        self.step_ms = 0
        self._over = threading.Event()
        self._deck: list[str] = []

    def _kinds(self) -> Iterator[str]:
        """Every kind of kill first; one that found nobody to kill (still starting) comes again until it did."""
        kills, rest = list(KILLS), [kind for kind in _DECK if kind not in KILLS]
        self.draw.shuffle(kills)
        self.draw.shuffle(rest)
        first = kills + rest
        while first:
            kind = first.pop(0)
            yield kind
            if kind in KILLS and not self.done[kind]:
                first.append(kind)
        while True:
            deck = [kind for kind, weight in _DECK.items() for _ in range(weight)]
            self.draw.shuffle(deck)
            yield from deck

    def run(self) -> None:
        """One fault after the other until told to stop."""
        kinds, began = self._kinds(), time.monotonic()
        while not self._over.wait(self.draw.uniform(*PAUSE_S)):
            kind, at = next(kinds), time.monotonic()
            if self._do(kind):
                self.done[kind] += 1
                self.events.append((at - began, kind))

    def _do(self, kind: str) -> bool:
        deeds: dict[str, Callable[[], bool]] = {
            "web_worker": lambda: self._kill(self._web_workers()),
            "web": lambda: self._kill(self._named(f"--port {self.site.port} ")),
            "job_worker": lambda: self._kill(self._named("rushi.cli worker")),
            "sandbox": lambda: self._kill(self._named(f"--port {self.site.port + 1} ")),
            "database": lambda: self._kill([pid] if (pid := self.site.postmaster()) else []),
            "backend": lambda: self._kill(self._backends()),
            "connection": lambda: self._kill(self._backends(), signal.SIGTERM),
            "wire": lambda: self.cable.cut() > 0,
            "disk": self._fill_disk,
            "clock": self._step_clock,
        }
        return deeds[kind]()

    def _kill(self, pids: list[int], number: signal.Signals = signal.SIGKILL) -> bool:
        if not pids:
            return False
        try:
            os.kill(self.draw.choice(pids), number)
        except ProcessLookupError:
            return False
        return True

    def _named(self, part: str) -> list[int]:
        return [one.pid for one in family(self.site.pid) if part in f"{one.command} " and one.parent == self.site.pid]

    def _web_workers(self) -> list[int]:
        masters = set(self._named(f"--port {self.site.port} "))
        mine = [one for one in family(self.site.pid) if one.parent in masters]
        return [one.pid for one in mine if "resource_tracker" not in one.command]

    def _backends(self) -> list[int]:
        postmaster = self.site.postmaster()
        found: list[Process] = family(postmaster) if postmaster else []
        return [one.pid for one in found if one.command.startswith("postgres: rushi_app")]

    def _fill_disk(self) -> bool:
        if self.disk.why_not:
            return False
        self.disk.fill()
        self._over.wait(self.draw.uniform(*FULL_S))
        self.disk.free()
        return True

    def _step_clock(self) -> bool:
        steps = [step for step in (self.step_ms - STEP_MS, self.step_ms + STEP_MS) if abs(step) <= STEP_MS]
        self.step_ms = self.draw.choice(steps)
        clock.step_all(self.clock_file, self.step_ms)
        return True

    def stop(self) -> None:
        """No fault begins any more."""
        self._over.set()


@contextlib.contextmanager
def raging(havoc: Havoc) -> Iterator[Havoc]:
    """Faults happen for as long as the block lasts."""
    thread = threading.Thread(target=havoc.run, name="havoc")
    thread.start()
    try:
        yield havoc
    finally:
        havoc.stop()
        thread.join()


def calm(site: Site, seconds_max: float = 120) -> float:
    """Wait until the site is well; the seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not site.is_well():
        if time.monotonic() - began > seconds_max:
            raise TimeoutError(f"the site was not well again within {seconds_max:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began
