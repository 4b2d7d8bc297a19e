"""Opens the reference of each module with a table of what is in it, made from the docstrings."""

from __future__ import annotations

import re
from inspect import isclass, isroutine
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def public(module: ModuleType) -> list[str]:
    """Name what a module, or a package as a whole, defines for others."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    names = []
    for name, value in vars(module).items():
        owner = value if isclass(value) or isroutine(value) else type(value)
        if name[0] != "_" and (owner.__module__ or "").startswith(module.__name__):
            names.append(name)
    return names


def mend(app: Sphinx, kind: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    if kind == "module":
        entries = [f"   {member}" for member in public(thing)]
        lines += ["", ".. autosummary::", "   :nosignatures:", "", *entries, ""]
    # A line that begins with "J. Nocedal" begins no list.
    lines[:] = [re.sub(r"^(\s*[A-Z])\. ", r"\1\\. ", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autosummary")
    app.connect("autodoc-process-docstring", mend, priority=400)  # before Napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
