"""What somebody has set for other work reaches neither the set-up nor the book."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
from books import CELL, PAGE, differences, files, small_book
from conftest import ROOT, copy_project, make_book

from conf import inputs

# No more than one of a kind that Python, npm or a tool would choke on alone.
PYTHON = {
    "PYTHONHOME": "nowhere",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": "nowhere.py",
    "PYTHONINSPECT": "1",
    "PYTHONPLATLIBDIR": "nowhere",
}
TOOLS = {
    "SPHINXOPTS": "-b nonsense",
    "MPLBACKEND": "nonsense",
    "MPLCONFIGDIR": "/dev/null",
    "MATPLOTLIBRC": "/dev/null/none",
    "JUPYTER_PATH": "/dev/null",
    "JUPYTER_CONFIG_DIR": "/dev/null",
    "JUPYTER_PREFER_ENV_PATH": "0",
    "IPYTHONDIR": "/dev/null",
    "NODE_ENV": "production",
    "NODE_OPTIONS": "--require ./nowhere.js",
    "NODE_PATH": "/dev/null",
    "ESBUILD_BINARY_PATH": "/dev/null",
    "OPENBLAS_NUM_THREADS": "none",
    "GIT_DIR": "/dev/null",
    "VIRTUAL_ENV": "/dev/null",
}
PIP = {
    "PIP_USER": "1",
    "PIP_TARGET": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_ROOT": "elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_NO_BINARY": ":all:",
    "PIP_NO_DEPENDENCIES": "1",
    "PIP_CONSTRAINT": "nowhere.txt",
    "PIP_REQUIREMENT": "nowhere.txt",
    "PIP_DRY_RUN": "1",
    "PIP_PYTHON": "nowhere",
}
NPM = {
    "NODE_ENV": "production",
    "npm_config_omit": "dev",
    "npm_config_production": "true",
    "npm_config_global": "true",
    "npm_config_prefix": "elsewhere",
    "npm_config_package_lock": "false",
    "npm_config_dry_run": "true",
    "NPM_CONFIG_INCLUDE": "optional",
}


@pytest.fixture
def broken(tmp_path) -> dict[str, str]:
    """A NumPy that nobody can import, on PYTHONPATH."""
    package = tmp_path / "broken" / "numpy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('This NumPy is broken.')\n")
    return {"PYTHONPATH": str(package.parent)}


def test_the_book_is_the_same(tmp_path, broken):
    cell = "import matplotlib\nimport numpy\n\nassert __debug__\nprint(matplotlib.get_backend())"
    pages = {"page": PAGE, "chapter": CELL + f"```{{code-cell}}\n{cell}\n```\n"}
    plain, other = (small_book(tmp_path / name, **pages) for name in ("plain", "other"))
    for project, variables in ((plain, {}), (other, PYTHON | TOOLS | broken)):
        done = make_book(project, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
    assert differences(files(plain / "_build/html"), files(other / "_build/html")) == []


def wheel(folder: Path) -> str:
    """Write a package of one module; return what a file of pins says of it."""
    name, inside = "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info"
    texts = {
        "tiny.py": "",
        f"{inside}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{inside}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{inside}/RECORD": f"tiny.py,,\n{inside}/METADATA,,\n{inside}/WHEEL,,\n",
    }
    with ZipFile(folder / name, "w") as packed:
        for path, text in texts.items():
            packed.writestr(path, text)
    return f"tiny==1.0 --hash=sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n"


@pytest.mark.parametrize("told", ["variables", "pip.conf"])
def test_pip_installs_into_our_environment_from_where_it_is_told(tmp_path, broken, told):
    project = copy_project(tmp_path / "book")
    (project / ".venv").unlink()
    (project / inputs.PINS.relative_to(ROOT)).write_text(wheel(tmp_path))
    (tmp_path / "pip.conf").write_text(
        f"[global]\nno-index = true\nfind-links = {tmp_path}\n"
        "[install]\nuser = true\ntarget = elsewhere\nno-binary = :all:\n"
    )
    variables = {
        "variables": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), **PIP},
        "pip.conf": {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")},
    }[told]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    done = subprocess.run(
        ["make", ".venv/.book", f"PYTHON={sys.executable}", "EDITABLE=true"],
        cwd=project,
        env={**inherited, **variables, **PYTHON, **broken},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(project.glob(".venv/lib/python*/site-packages/tiny.py"))
    assert not (project / "elsewhere").exists()


def test_npm_installs_all_that_the_lock_names(tmp_path, broken):
    project = copy_project(tmp_path / "book")
    modules = project / "conf/node_modules"
    modules.unlink()
    with tarfile.open(project / "conf/tiny.tgz", "w:gz") as packed:
        text = b'{"name": "tiny", "version": "1.0.0"}'
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        packed.addfile(entry, io.BytesIO(text))
    checksum = hashlib.sha512((project / "conf/tiny.tgz").read_bytes()).digest()
    wanted = {"tiny": "file:tiny.tgz"}
    lock = {
        "": {"devDependencies": wanted},
        "node_modules/tiny": {
            "version": "1.0.0",
            "resolved": "file:tiny.tgz",
            "integrity": f"sha512-{base64.b64encode(checksum).decode()}",
            "dev": True,
        },
    }
    (project / "conf/package.json").write_text(json.dumps({"devDependencies": wanted}))
    (project / "conf/package-lock.json").write_text(
        json.dumps({"lockfileVersion": 3, "requires": True, "packages": lock})
    )
    stamp = "conf/node_modules/.stamp"
    done = subprocess.run(
        ["make", stamp, "-o", ".venv/.book"],
        cwd=project,
        env={**os.environ, **NPM, **PYTHON, **broken},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (modules / "tiny/package.json").exists()
