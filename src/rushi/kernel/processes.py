"""Processes of ours: a child that dies with its parent, so nothing is left running after kill −9."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal

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
