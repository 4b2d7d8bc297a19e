"""Lets builds in one folder take turns, since they share the results of the cells and the type."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

held: list[TextIO] = []


def wait(build: Path) -> None:
    """Wait until no other build is at work there; our turn lasts until our process ends.

    The system then gives it on, however the process ends. Processes that it starts do not have it.
    """
    if held:
        return
    build.mkdir(exist_ok=True)
    file = (build / ".lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another build is at work in this folder; waiting for it ...", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    held.append(file)
