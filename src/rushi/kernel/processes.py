"""Processes of ours: a child that dies with its parent, so nothing is left running after kill −9."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask Linux to send this process `number` when its parent ends; ends at once when it has ended already.

    A process of multiprocessing knows who began it, also when that one was killed while this one was starting.
    """
    began = multiprocessing.parent_process()
    parent = began.pid if began is not None else os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def end_with_parent(grace_s: float = 20) -> None:
    """The same for a server with threads: if its stopping hangs, it is killed `grace_s` seconds after its parent."""
    parent = os.getppid()
    die_with_parent()
    threading.Thread(target=_see_to_the_end, args=(parent, grace_s), name="end with parent", daemon=True).start()


def _see_to_the_end(parent: int, grace_s: float) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    time.sleep(grace_s)
    os.kill(os.getpid(), signal.SIGKILL)
