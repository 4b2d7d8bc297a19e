"""Build the book and test it with the oldest and the newest packages that pyproject.toml allows.

Each pair, such as `3.13/oldest`, is a copy of the project in `_build/matrix` with an environment of
its own. Left out are tests in a browser, and those that ask nothing of the packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from tools.project import ROOT, copy_project

MATRIX = ROOT / "_build" / "matrix"
PYTHONS = "3.11", "3.12", "3.13", "3.14"
RESOLUTION = {"oldest": "lowest-direct", "newest": "highest"}
UV = sys.executable, "-m", "uv", "--quiet", "--no-python-downloads"
STAMPS = ".venv/.python", ".venv/.book", ".venv/.test"  # what make would set up with the pins
LEFT_OUT = "interrupted", "messages", "repo", "bench"
NO_BROWSER = {"CHROMIUM": "none", "FIREFOX": "none"}


def find(version: str) -> Path | None:
    """The first Python of a version that starts: on PATH, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = shutil.which(f"python{version}")
    found: list[str | Path] = [
        *([on_path] if on_path else []),
        *pyenv.glob(f"versions/{version}.*/bin/python"),
    ]
    ask = "import sys; sys.exit('%d.%d' % sys.version_info[:2] != sys.argv[1])"
    for python in found:
        if not subprocess.run([python, "-c", ask, version], stderr=subprocess.DEVNULL).returncode:
            return Path(python)
    return None


def set_up(project: Path, python: Path, age: str, log: TextIO) -> None:
    """Copy the project, and install what it may have, from wheels only."""
    shutil.rmtree(project, ignore_errors=True)
    copy_project(project)
    venv = project / ".venv"
    venv.unlink()
    install = "pip", "install", "--python", venv
    group = "--group", f"{project / 'pyproject.toml'}:check"
    wheels = "--resolution", RESOLUTION[age], "--only-binary", ":all:"
    editable = "--no-deps", "--no-build-isolation", "--editable", project
    for command in [
        ("venv", "--python", python, venv),
        (*install, *group, *wheels),
        (*install, *editable),
    ]:
        subprocess.run([*UV, *command], stdout=log, stderr=log, check=True)
    for stamp in STAMPS:
        (project / stamp).touch()


def run(pair: str) -> bool:
    version, _, age = pair.partition("/")
    python = find(version)
    if python is None:
        print(f"{pair}: not here", flush=True)
        return True
    project = MATRIX / pair.replace("/", "-")
    MATRIX.mkdir(parents=True, exist_ok=True)
    with Path(f"{project}.log").open("w") as log:
        tests = ["-q", "--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal"]
        tests += [f"--ignore=tests/test_{name}.py" for name in LEFT_OUT]
        inherited = {k: v for k, v in os.environ.items() if k not in ("CI", "MAKEFLAGS")}
        try:
            set_up(project, python, age, log)
            subprocess.run(
                [project / ".venv/bin/python", "-m", "pytest", *tests],
                cwd=project,
                env=inherited | NO_BROWSER,
                stdout=log,
                stderr=log,
                check=True,
            )
        except subprocess.CalledProcessError:
            print(f"{pair}: failed, as {log.name} says", flush=True)
            return False
    (*_, last) = Path(log.name).read_text().splitlines()
    print(f"{pair}: {last.strip('= ')}", flush=True)
    return True


if __name__ == "__main__":
    pairs = sys.argv[1:] or [f"{python}/{age}" for python in PYTHONS for age in RESOLUTION]
    sys.exit(not all([run(pair) for pair in pairs]))
