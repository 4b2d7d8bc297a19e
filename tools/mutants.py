"""Change gdcore in small ways, one at a time, and see whether its tests notice: `make mutants`.

cosmic-ray makes the changes. Each is tested in a fork of this process, which has imported what
takes long: by the tests of its own module, then the bad calls of test_bad_input.py, until one
fails. What survives must be named in survivors.toml with a reason, and what is named must survive.

The figures are left out: people look at them.
"""

import importlib
import io
import math
import os
import re
import resource
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from difflib import unified_diff
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

# One thread each: two processes work at a time, and the limit counts the time of all threads.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

import hypothesis
import pytest
from tqdm import tqdm

ROOT = Path(__file__).parent.parent
MODULES = [*sorted(path.stem for path in ROOT.glob("gdcore/[!_]*.py")), "_checks"]
#: What is tested through others too.
THROUGH = {"_checks": ["checks", "rules", "descent", "derivatives", "network"]}
#: The share of the mutants that the tests must notice.
LEAST = 0.95
AT_A_TIME = 2
MEMORY = 4 << 30

# Of the many replacements of an operator, slips that could happen. The others, such as a shift of
# floats, fail in any test and would flatter the score.
COMPARED = "(Eq|NotEq|Lt|LtE|Gt|GtE)"
OPERATORS = re.compile(
    r"ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Div|Mod_FloorDiv|Pow_Mul)"
    rf"|ReplaceComparisonOperator_(Is_IsNot|IsNot_Is|{COMPARED}_{COMPARED})"
    r"|ReplaceUnaryOperator_(USub_Not|Delete_.*)"
    r"|(?!Replace(Binary|Comparison|Unary)Operator_).*"
)


def path(module: str) -> Path:
    return ROOT / "gdcore" / f"{module}.py"


def mutants(module: str) -> Iterator[str]:
    """The source of a module with each of the changes."""
    # Imported here: pytest looks for examples in this file too, wherever cosmic-ray is missing.
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.operators.provider import OperatorProvider

    source, provider = path(module).read_text(), OperatorProvider()
    nodes = list(ast_nodes(get_ast(source)))
    for operator in map(provider.__getitem__, filter(OPERATORS.fullmatch, provider)):
        if operator.arguments():
            continue
        for i in range(sum(len([*operator().mutation_positions(node)]) for node in nodes)):
            # cosmic-ray stumbles over an exception whose name has a dot
            with suppress(AttributeError):
                yield mutate_code(source, operator(), i)


def change(module: str, mutant: str) -> str:
    """What a mutant changes: the line before and after, without its number, which may move."""
    diff = [*unified_diff(path(module).read_text().splitlines(), mutant.splitlines(), n=1)][2:]
    before, after = ([line[1:].strip() for line in diff if line[0] == side] for side in "-+")
    # a decorator that is gone is told by the line that it stood before
    return " ".join([*before, "->", *(after or diff[-1].split())])


class Changed(SourceFileLoader):
    """Finds and loads one module as if its file had another source."""

    def __init__(self, name: str, file: Path, source: str) -> None:
        super().__init__(name, str(file))
        self.source = source

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, name: str) -> Any:
        return compile(self.source, self.path, "exec")


class QuickestFirst:
    """A plugin of pytest."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: self.seconds[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration


def test(module: str, source: str, order: QuickestFirst) -> bool:
    """Whether any test of a module notices that it has this source."""
    for name in [name for name in sys.modules if re.match(r"gdcore\b|test_", name)]:
        del sys.modules[name]
    sys.meta_path.insert(0, Changed(f"gdcore.{module}", path(module), source))
    # At once: pytest would load what it is told to test from its file.
    importlib.import_module(f"gdcore.{module}")
    through = THROUGH.get(module, [module])
    own = [str(path(module)), *(f"{ROOT}/tests/test_{name}.py" for name in through)]
    own += ["-k", "not TestProgress"]  # which runs the file as it is, and looks at the clock
    bad_calls = [f"{ROOT}/tests/test_bad_input.py", "-k", " or ".join(through)]
    # Where pytest rewrites assertions, it loads the modules that it tests from their files.
    options = ["-x", "-q", "--tb=short", "--noconftest", "-p", "no:cacheprovider", "--assert=plain"]
    return any(pytest.main([*options, *some], plugins=[order]) for some in (own, bad_calls))


def fork(module: str, mutant: str, order: QuickestFirst, seconds: int) -> int:
    """Test a mutant in another process, which ends with 0 if it survives; return its number."""
    if child := os.fork():
        return child
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        # The processor's time, not a clock's: a busy machine must not kill.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os._exit(test(module, mutant, order))
    finally:
        os._exit(1)


def survivors(module: str) -> tuple[int, Counter[str]]:
    """How many mutants a module has, and what those change that no test notices."""
    source, order, begin = path(module).read_text(), QuickestFirst(), time.process_time()
    with redirect_stdout(io.StringIO()) as said:
        failed = test(module, source, order)
    limit = 2 + math.ceil(3 * (time.process_time() - begin))
    # What changes nothing must survive, in a fork too.
    if failed or os.waitpid(fork(module, source, order, limit), 0)[1]:
        sys.exit(f"{module} fails its tests as it is:\n{said.getvalue()}")
    running: dict[int, str] = {}
    survived: Counter[str] = Counter()

    def wait() -> None:
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            survived[change(module, mutant)] += 1

    waiting = list(mutants(module))
    for mutant in tqdm(waiting, module, disable=None, leave=False):
        if len(running) == AT_A_TIME:
            wait()
        running[fork(module, mutant, order, limit)] = mutant
    while running:
        wait()
    return len(waiting), survived


def main() -> None:
    os.nice(5)
    # A mutant may write files where it is.
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    # Nothing here may depend on how busy the machine is.
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in tomllib.loads((ROOT / "tools/survivors.toml").read_text())["survivors"]:
        assert entry["reason"]
        named[entry["module"]].update(entry["changes"])
    modules = sys.argv[1:] or MODULES
    if unknown := {*named, *modules} - {*MODULES}:
        sys.exit(f"gdcore has no modules {', '.join(unknown)}")
    made = left = 0
    agreed = True
    for module in modules:
        begin = time.monotonic()
        count, survived = survivors(module)
        made, left = made + count, left + survived.total()
        seconds = time.monotonic() - begin
        print(f"{module}: {count - survived.total()} of {count} noticed, {seconds:.0f} s")
        for fault, found in (
            ("survives and is not in", survived - named[module]),
            ("does not survive and is in", named[module] - survived),
        ):
            for what in found.elements():
                agreed = False
                print(f"  {fault} survivors.toml: {what}")
        sys.stdout.flush()
    score = 1 - left / made
    print(f"{score:.1%} of {made} noticed, at least {LEAST:.0%} must be")
    sys.exit(not agreed or score < LEAST)


if __name__ == "__main__":
    main()
