"""The package as a user finds it: its names, their types, and what an import costs."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gdcore

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tests" / "user_script.py"
#: Their functions have names that only say something together with the module's.
APART = {"datasets", "mnist", "parallel", "plots", "regression"}


def mypy(script: Path, folder: Path) -> str:
    """What mypy says of a script that lies outside the repository."""
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={ROOT}/.mypy_cache/user"]
    run = subprocess.run([*command, script], cwd=folder, capture_output=True, text=True)
    return run.stdout + run.stderr


def test_every_public_name_is_at_the_top():
    public = {*APART}
    for module in pkgutil.iter_modules(gdcore.__path__):
        if module.name[0] != "_" and module.name not in APART:
            home = importlib.import_module(f"gdcore.{module.name}")
            public |= {
                name
                for name, value in vars(home).items()
                if name[0] != "_"
                and (inspect.isclass(value) or inspect.isfunction(value))
                and value.__module__ == home.__name__
            }
            public |= {
                name
                for name, value in vars(home).items()
                if type(value).__module__ == home.__name__
            }
    assert {*gdcore.__all__} == public
    assert all(hasattr(gdcore, name) for name in gdcore.__all__)


def test_the_user_s_script_uses_all_of_them():
    used = {
        node.id for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.Name)
    }
    assert {*gdcore.__all__} <= used


def test_the_user_s_script_runs(tmp_path):
    run = subprocess.run([sys.executable, SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"{gdcore.__version__} True Run(" in run.stdout


def test_its_types_are_right(tmp_path):
    assert mypy(SCRIPT, tmp_path).startswith("Success: no issues found in 1 source file")


WRONG = {
    'GradientDescent("0.1")': "arg-type",
    "GradientDescent(rate=0.1)": "call-arg",
    "descend(lambda x: x, 1.0, GradientDescent(0.1))": "call-arg",
    "descend(lambda x: x, 1.0, rule=0.1)": "arg-type",
    "descend(lambda x: x, 1.0, rule=Adam(1), max_steps=1.5)": "arg-type",
    "descend(3, 1.0, rule=Adam(1))": "arg-type",
    "descend(lambda x: x, 1.0, rule=Adam(1)).pionts": "attr-defined",
    "GradientBelow(None)": "arg-type",
    "AnyOf(1e-5)": "arg-type",
    "central_difference(3, 1.0)": "arg-type",
    "numerical_gradient(abs, print)": "arg-type",
    'bowl("10")': "arg-type",
    "plots.contour(oval)": "attr-defined",
    "gdcore.dscend": "attr-defined",
}


def test_what_is_wrong_is_found_before_it_runs(tmp_path):
    script = tmp_path / "wrong.py"
    script.write_text("import gdcore\nfrom gdcore import *\n" + "\n".join(WRONG) + "\n")
    said = mypy(script, tmp_path)
    found = dict(re.findall(r"^wrong\.py:(\d+): error: .*\[([a-z-]+)\]$", said, re.M))
    assert found == {str(line): code for line, code in enumerate(WRONG.values(), 3)}, said


@pytest.mark.parametrize("name", ["descend", "plots", "rules", "network"])
def test_its_modules_are_there_after_an_import(name):
    run = f"import gdcore; print(gdcore.{name}.__name__)"
    said = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True).stdout
    assert said.strip().endswith(name)


def test_an_import_does_not_load_what_only_figures_bars_and_clusters_need():
    heavy = ["matplotlib", "tqdm", "PIL", "sklearn", "scipy", "pandas", "distributed", "dask"]
    run = f"import sys, gdcore; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True).stdout
    assert said.strip() == "[]"
