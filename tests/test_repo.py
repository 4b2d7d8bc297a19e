"""What must hold for the repository itself, whoever checks it out wherever."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
LISTED = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
REGISTRY = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg|anaconda|debian|ubuntu)\.(org|com|net)\b"
)
MACHINE = re.compile(r"(?<![\w.~>-])(/(home|root|Users|work|tmp|opt|mnt)/[\w.]|[A-Z]:\\\\?Users)")


def tracked() -> dict[str, str]:
    """The text of every file that git tracks or would track."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nothing says which files belong to the project")
    names = subprocess.run(LISTED, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in names.split("\0") if name]
    texts = [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in texts}


def places(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_names_a_package_registry():
    assert places(REGISTRY, tracked()) == []


def test_nothing_names_a_place_on_a_machine():
    assert places(MACHINE, tracked()) == []


@pytest.mark.parametrize("name", ["book.txt", "test.txt", "mutants.txt"])
def test_pins_are_exact_and_hashed(name):
    text = (ROOT / "conf/requirements" / name).read_text()
    pins = [pin for pin in text.replace("\\\n", " ").splitlines() if pin and pin[0] != "#"]
    assert pins
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_npm_lock_has_checksums_and_no_addresses():
    packages = json.loads((ROOT / "conf/package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert [name for name, package in installed.items() if "integrity" not in package] == []
    assert [name for name, package in installed.items() if "resolved" in package] == []


def test_versions_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    version = re.search(r'^__version__ = "(.+)"', (ROOT / "gdcore/__init__.py").read_text(), re.M)
    assert version is not None
    assert citation["version"] == version[1]
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text()


def test_citation_says_what_the_format_demands():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert all("name" in author or "family-names" in author for author in citation["authors"])


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "book/about.md"])
def test_commands_of_a_page_exist(page):
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / page).read_text(), re.M))
    assert named
    assert named - targets == set()


def test_workflows_pin_their_actions():
    workflows = {p.name: p.read_text() for p in ROOT.glob(".github/workflows/*.yml")}
    used = [use for text in workflows.values() for use in re.findall(r"uses: (\S+)", text)]
    assert used
    assert [use for use in used if not re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", use)] == []


def test_module_serves_the_pythons_that_are_tested():
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert lowest == f">={tested[0]}"


def test_no_test_module_imports_another():
    modules = {file.stem: file.read_text("utf-8") for file in (ROOT / "tests").glob("test_*.py")}
    imported = re.compile(r"^\s*(?:from|import) (?:tests\.)?(test_\w+)", re.MULTILINE)
    assert {
        name: imported.findall(text) for name, text in modules.items() if imported.search(text)
    } == {}
