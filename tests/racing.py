"""Real connections racing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def race(*jobs: Callable[[], object]) -> list[object]:
    """Run the jobs at once, each on its own connection; their answers or errors, in order."""
    barrier, answers = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(index: int, job: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[index] = job()  # type: ignore[call-overload]
        except Exception as error:
            answers[index] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
