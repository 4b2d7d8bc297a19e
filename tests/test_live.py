"""The live figures in real browsers: they show what gdcore computes, whoever drives them how."""

import base64
import gzip
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, listen, settle, visit
from pages import FIND, axe
from playwright.sync_api import Browser, Locator, Page

from gdcore import datasets
from gdcore.batches import Batches
from gdcore.derivatives import complex_step, forward_difference
from gdcore.descent import GradientBelow, LossChangeBelow, descend
from gdcore.landscapes import absolute_value, bowl, double_well, oval, parabola, root_loss
from gdcore.losses import CrossEntropy, MeanSquaredError, softmax
from gdcore.network import Network, ReLU
from gdcore.regression import gradient, with_intercept
from gdcore.rules import GradientDescent, InverseTime, Momentum, Scheduled

Settings = dict[str, Any]
Numbers = dict[str, Any]

#: What each module and the base weigh at most, and the parameters of the network, compressed.
HEAVIEST, HEAVIEST_PARAMETERS = 8 * 1024, 60 * 1024


# --- what gdcore says to the same settings


def numbers_of_run(run) -> Numbers:
    return {"points": run.points, "gradients": run.gradients, "outcome": str(run.outcome)}


def secant(s: Settings, data: Any) -> Numbers:
    f, slope = {
        "parabola": (parabola, parabola.gradient),
        "wave": (wave := lambda x: x**3 / 3 - x, lambda x: complex_step(wave, x)),
        "corner": (absolute_value, lambda x: np.sign(x) if x else np.nan),
    }[s["curve"]]
    dx = s["reach"] / s["zoom"]
    quotient = (f(s["x"] + dx) - f(s["x"])) / dx if dx else np.nan
    if dx > 0:
        assert quotient == forward_difference(f, s["x"], dx)
    return {"height": f(s["x"]), "quotient": quotient, "slope": slope(s["x"])}


def root_loss_rounded_once(x: float) -> float:
    """The loss with its cube rounded correctly, as the browser's.

    C's `pow`, and so NumPy's, misses that for one number in a thousand.  A difference quotient
    multiplies the last digit by 1e8.
    """
    root = float(Fraction(float(x)) ** 3) + 2 * x - 3
    return root * root


def ball(s: Settings, data: Any) -> Numbers:
    landscapes = {"parabola": parabola, "well": double_well(0.3), "root": root_loss}
    landscape = landscapes[s["landscape"]]
    f = root_loss_rounded_once if s["landscape"] == "root" else landscape
    stop = {
        "change": LossChangeBelow(s["tolerance"], f),
        "slope": GradientBelow(s["tolerance"]),
    }[s["stop"]]
    run = descend(
        landscape.gradient if s["by"] == "formula" else lambda x: forward_difference(f, x, 1e-8),
        s["x"],
        rule=GradientDescent(s["rate"]),
        stop=stop,
    )
    with np.errstate(over="ignore"):  # on the way to infinity
        factors = 1 - s["rate"] * landscape.curvature(run.points)
        slopes = landscape.gradient(run.points)
    return numbers_of_run(run) | {"slopes": slopes, "factors": factors}


def map_(s: Settings, data: Any) -> Numbers:
    valley, rule = bowl(s["condition"]), GradientDescent(s["rate"])
    run = descend(valley.gradient, [s["x"], s["y"]], rule=rule, stop=GradientBelow(1e-3))
    return numbers_of_run(run) | {
        "factors": [1 - s["rate"], 1 - s["rate"] * s["condition"]],
        "best": 2 / np.sum(np.linalg.eigvalsh(valley.hessian(run.end))),
    }


def momentum(s: Settings, data: Any) -> Numbers:
    valley, k = bowl(30), 60
    heavy, plain = (
        descend(valley.gradient, [s["x"], s["y"]], rule=rule, max_steps=k)
        for rule in (Momentum(s["rate"], momentum=s["share"]), GradientDescent(s["rate"]))
    )
    radii = [
        max(
            np.abs(np.linalg.eigvals([[1 - s["rate"] * c, -s["rate"] * share], [c, share]])).max()
            for c in np.linalg.eigvalsh(valley.hessian(heavy.end))
        )
        for share in (s["share"], 0)
    ]
    far = np.linalg.norm(heavy.points, axis=1)
    return {
        "heavy": heavy.points,
        "plain": plain.points,
        "losses": [heavy.values(valley), plain.values(valley)],
        "radii": radii,
        "pace": (far[41:].max() / far[21:41].max()) ** (1 / 20),
    }


def machines(s: Settings, data: Any) -> Numbers:
    count, seen = np.arange(1, 101), []

    def stale(x: float) -> float:
        seen.append(x)
        return seen[max(len(seen) - 1 - s["delay"], 0)]

    rule, still = GradientDescent(s["rate"]), s["delay"] + 1
    run = descend(stale, 4.0, rule=rule, max_steps=60, stall_after=still)
    seconds = 0.1 / count + (count > 1) * (s["latency"] / 1000 + count * 0.0001)
    return {
        "speedups": 0.1 / seconds,
        "best": int(count[seconds.argmin()]),
        "limit": 2 * np.sin(np.pi / (2 * (2 * s["delay"] + 1))),
        "points": run.points,
    }


def dial(s: Settings, data: Any) -> Numbers:
    g = oval.gradient(np.array([s["x"], s["y"]]))
    direction = np.array([np.cos(np.radians(s["angle"])), np.sin(np.radians(s["angle"]))])
    order, dual = {"2": (2, 2), "inf": (np.inf, 1), "1": (1, np.inf)}[s["norm"]]
    v = direction / np.linalg.norm(direction, order)
    return {"gradient": g, "v": v, "slope": g @ v, "steepest": -np.linalg.norm(g, dual)}


def beans(s: Settings, data: Any) -> Numbers:
    size, toxicity = datasets.beans(np.random.default_rng(5))
    x, ends, steps = with_intercept(size), [], []
    for batch_size in (1, s["batch"], 100):
        draw = Batches(x, toxicity, batch_size=batch_size, rng=np.random.default_rng(1))
        plain, falling = GradientDescent(s["rate"]), InverseTime(2 * draw.steps_per_epoch)
        run = descend(
            lambda theta, draw=draw: gradient(theta, *next(draw)),
            [0.0, 0.0],
            rule=Scheduled(plain, falling) if s["falls"] else plain,
            max_steps=20 * draw.steps_per_epoch,
            stall_after=2 * draw.steps_per_epoch - 1,
        )
        ends.append(run.end)
        steps.append(run.steps)
    with np.errstate(over="ignore"):  # on the way to infinity
        losses = [np.mean((x @ end - toxicity) ** 2) for end in ends]
    return {"ends": ends, "losses": losses, "steps": steps}


def fit(s: Settings, data: Any) -> Numbers:
    x, y = datasets.noisy_parabola(np.random.default_rng(6))
    y = y.astype(np.float32).astype(float)
    curve = Network([1, 10, 1], ReLU(), MeanSquaredError())
    start = curve.initial(np.random.default_rng(s["seed"])).astype(np.float32).astype(float)
    run = descend(
        lambda theta: curve.gradient(theta, x, y),
        start,
        rule=GradientDescent(s["rate"]),
        max_steps=s["k"],
    )
    return {"theta": run.end, "loss": curve.loss(run.end, x, y)}


def digit(s: Settings, data: Any) -> Numbers:
    strokes = [
        [[float(v) for v in point.split(",")] for point in stroke.split(" ")]
        for stroke in s["strokes"].split(";")
    ]
    counts = datasets.scan(strokes)
    return {"counts": counts.ravel(), **reading(counts, data)}


def reading(counts: Any, theta: Any) -> Numbers:
    """What gdcore's network makes of a scan, in the precision of the browser's."""
    reader = Network([784, 16, 16, 10], ReLU(), CrossEntropy())
    picture = datasets.enlarge(np.reshape(counts, (1, 8, 8))).astype(np.float32)
    _, first, second, last = reader.activations(theta, picture)
    best = np.argsort(-last[0], kind="stable")
    return {
        "picture": picture[0],
        "layers": [first[0], second[0], last[0]],
        "chances": softmax(last.astype(float))[0],
        "answer": int(best[0]),
        "second": int(best[1]),
    }


# --- the figures


@dataclass
class Live:
    """A live figure: where it is, what gdcore says, how to draw settings, what to compare."""

    page: str
    oracle: Callable[[Settings, Any], Numbers]
    draw: Callable[[np.random.Generator], Settings]
    numbers: str = "figure => figure.live.numbers"
    tolerance: float = 1e-12


def log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.2g}")


def some_ball(rng: np.random.Generator) -> Settings:
    landscape = str(rng.choice(["parabola", "well", "root"]))
    (low, high), rates = {
        "parabola": ((-5, 5), (0.01, 2)),
        "well": ((-1.75, 1.75), (0.001, 1)),
        "root": ((-2.5, 5.5), (1e-5, 0.1)),
    }[landscape]
    return {
        "landscape": landscape,
        "x": round(rng.uniform(low, high), 2),
        "rate": log(rng, *rates),
        "stop": str(rng.choice(["change", "slope"])),
        "tolerance": log(rng, 1e-8, 1),
        "by": str(rng.choice(["formula", "difference"])),
    }


def some_strokes(rng: np.random.Generator) -> Settings:
    """A drawing of the record, moved, resized and slanted, or a scribble."""
    drawn = datasets.recorded("drawn")["strokes"]
    chosen = drawn[rng.integers(len(drawn))]
    if rng.random() < 0.3:
        chosen = [rng.integers(0, 1000, (rng.integers(1, 9), 2)) for _ in range(rng.integers(1, 4))]
    slant = np.array([[1, 0], [rng.uniform(-0.4, 0.4), 1]]) * rng.uniform(0.2, 1)
    moved = [np.rint(np.array(stroke) @ slant).astype(int).tolist() for stroke in chosen]
    return {
        "sample": 0,
        "strokes": ";".join(" ".join(f"{x},{y}" for x, y in stroke) for stroke in moved),
    }


FIGURES = {
    "secant": Live(
        "derivatives.html",
        secant,
        lambda rng: {
            "curve": str(rng.choice(["parabola", "wave", "corner"])),
            "x": round(rng.uniform(-3, 3), 2) * bool(rng.random() < 0.9),
            "zoom": log(rng, 1, 100),
            "reach": round(rng.uniform(-2, 2), 2) * bool(rng.random() < 0.9),
        },
    ),
    "ball": Live("descent-1d.html", ball, some_ball),
    "map": Live(
        "partial-derivatives.html",
        map_,
        lambda rng: {
            "x": round(rng.uniform(-4, 4), 2),
            "y": round(rng.uniform(-3, 3), 2),
            "condition": log(rng, 1, 100),
            "rate": log(rng, 0.002, 2.5),
        },
    ),
    "momentum": Live(
        "beyond.html",
        momentum,
        lambda rng: {
            "x": round(rng.uniform(-4, 4), 2),
            "y": round(rng.uniform(-1.5, 1.5), 2),
            "rate": round(rng.uniform(0.001, 0.16), 3),
            "share": round(rng.uniform(0, 0.99), 2) * bool(rng.random() < 0.9),
        },
    ),
    "machines": Live(
        "machines.html",
        machines,
        lambda rng: {
            "n": int(rng.integers(1, 101)),
            "latency": log(rng, 0.1, 100),
            "delay": int(rng.integers(21)),
            "rate": round(rng.uniform(0.01, 2.2), 2),
        },
    ),
    "dial": Live(
        "steepest-direction.html",
        dial,
        lambda rng: {
            "x": round(rng.uniform(-1.6, 1.6), 2),
            "y": round(rng.uniform(-1.6, 1.6), 2),
            "angle": int(rng.integers(361)),
            "norm": str(rng.choice(["2", "inf", "1"])),
        },
    ),
    "beans": Live(
        "batches.html",
        beans,
        lambda rng: {
            "batch": int(rng.integers(1, 101)),
            "rate": log(rng, 0.01, 2),
            "falls": bool(rng.integers(2)),
        },
        numbers="""figure => {
            const { paths, losses } = figure.live.numbers;
            return { losses, ends: paths.map(p => p.at(-1)), steps: paths.map(p => p.length - 1) };
        }""",
    ),
    "fit": Live(
        "neural-networks.html",
        fit,
        lambda rng: {
            "rate": log(rng, 0.01, 0.5),
            "seed": int(rng.integers(1, 7)),
            "k": int(rng.integers(0, 300)),
        },
        numbers="""figure => {
            const theta = figure.live.numbers.to(figure.live.state.k);
            return { theta, loss: figure.live.loss(theta) };
        }""",
    ),
    "digit": Live("neural-networks.html", digit, some_strokes, tolerance=1e-5),
}


#: Set some settings of a figure, and tell all, and its numbers; as JSON, since all browsers
#: pass that on alike.
TELL = """(name, some) => {
    const figure = (FIND)(name);
    if (some) figure.live.set(some);
    const plain = (key, value) => ArrayBuffer.isView(value) ? [...value]
        : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    return JSON.stringify([figure.live.state, (%s)(figure)], plain);
}""".replace("FIND", FIND)


def told_by(text: str) -> tuple[Settings, Numbers]:
    state, found = json.loads(text)
    return {key: np.inf if value == "Infinity" else value for key, value in state.items()}, found


@dataclass
class Opened:
    """The page of a figure, the figure, and what went wrong there."""

    name: str
    page: Page
    figure: Locator
    failed: list[str]

    def set(self, some: Settings) -> None:
        self.page.evaluate(f"some => ({FIND})('{self.name}').live.set(some)", some)

    def numbers(self, *, after: Settings | None = None) -> tuple[Settings, Numbers]:
        """The settings of the figure and its numbers, after setting some of them."""
        tell = f"([name, some]) => ({TELL % FIGURES[self.name].numbers})(name, some)"
        return told_by(self.page.evaluate(tell, [self.name, after]))

    @property
    def state(self) -> Settings:
        return self.numbers()[0]

    def changed(self, before: Settings, data: Any) -> None:
        """Wait until the settings are others than before, and see that gdcore agrees."""
        self.page.wait_for_function(
            "([name, before]) => JSON.stringify((" + FIND + ")(name).live.state) !== before",
            arg=[self.name, json.dumps(before, separators=(",", ":")).replace("Infinity", "null")],
        )
        state, found = self.numbers()
        if "k" in state and self.name == "fit":
            state["k"] = min(state["k"], 2000)
        if self.name != "digit" or (state["strokes"] and not state["sample"]):
            agree(self.name, state, found, data)


@contextmanager
def opened(browser: Browser, url: str, name: str, width: int = 1280, **options: Any) -> Iterator:
    with visit(browser, "about:blank", width, **options) as page:
        _, failed = listen(page)
        page.add_init_script(f"({SHIFTS})()")
        page.goto(url + FIGURES[name].page)
        figure = page.locator("figure:has(.live)", has=page.locator(f'[id^="live-{name}-"]'))
        figure.scroll_into_view_if_needed()
        if name == "digit":
            page.wait_for_function(f"({FIND})('digit').live.numbers.layers")
        yield Opened(name, page, figure, failed)
        assert failed == []


SHIFTS = """() => { window.shifts = [];
    new PerformanceObserver(list => shifts.push(...list.getEntries()
        .filter(entry => !entry.hadRecentInput)
        .map(({ value, sources }) => [value, ...sources.map(s => s.node?.outerHTML)])))
    .observe({ type: 'layout-shift', buffered: true }); }"""


def frames(page: Page, count: int) -> None:
    """Let the browser draw so often, however busy the machine is."""
    next_frame = "new Promise(requestAnimationFrame)"
    page.evaluate(f"async count => {{ while (count--) await {next_frame} }}", count)


# One visit serves many tests: pytest runs those of one figure one after the other.
HANDS = {"mouse": {}, "touch": {"width": 375, "has_touch": True, "is_mobile": True}}


@pytest.fixture(scope="session", params=itertools.product(FIGURES, HANDS), ids="-".join)
def visited(request, chromium: Browser, address: str) -> Iterator[tuple[Opened, float]]:
    """Each figure at a desk and on a phone, and how far its page moved while it was opened."""
    name, hand = request.param
    with opened(chromium, address, name, **HANDS[hand]) as found:
        frames(found.page, 10)
        yield found, sum(value for value, *_ in found.page.evaluate("shifts"))


@pytest.fixture
def live(visited) -> Iterator[Opened]:
    """The same as a reader finds it, whatever other tests have done to it."""
    found, _ = visited
    found.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    found.figure.get_by_role("button").last.evaluate("reset => reset.click()")
    found.page.evaluate("document.activeElement.blur()")
    found.figure.scroll_into_view_if_needed()
    yield found
    assert found.failed == []


def at_a_desk(*names: str) -> pytest.MarkDecorator:
    places = [(name, "mouse") for name in names]
    return pytest.mark.parametrize("visited", places, indirect=True, ids="-".join)


def agree(name: str, s: Settings, found: Numbers, data: Any = None) -> None:
    expected = FIGURES[name].oracle(s, data)
    for key, value in expected.items():
        shown = found[key]
        if isinstance(value, str | int):
            assert shown == value, (name, s, key)
        elif key == "layers":
            for layer, want in zip(shown, value, strict=True):
                close(layer, want, FIGURES[name].tolerance, (name, s, key))
        else:
            close(shown, value, FIGURES[name].tolerance, (name, s, key))


def close(shown: Any, expected: Any, tolerance: float, what: object) -> None:
    shown = np.array(shown, float)
    assert shown.shape == np.shape(expected), what
    np.testing.assert_allclose(
        shown, expected, rtol=tolerance, atol=tolerance, equal_nan=True, err_msg=str(what)
    )


@pytest.fixture(scope="session")
def parameters(site) -> Any:
    """The parameters of the network as the page gets them, in single precision."""
    text = (site / "_static/live/trained-bits.js").read_text()
    sent = json.loads(re.fullmatch(r"live\.arrived\((.*)\)", text)[1])
    counts = np.frombuffer(base64.b64decode(sent["counts"]), "<i2")
    return (sent["unit"] * counts).astype(np.float32)


@at_a_desk(*FIGURES)
def test_numbers_are_those_of_gdcore(live, parameters):
    rng = np.random.default_rng(1)
    outcomes = set()
    for _ in range(40):
        settings = FIGURES[live.name].draw(rng)
        state, found = live.numbers(after=settings)
        assert settings.items() <= state.items()
        agree(live.name, state, found, parameters)
        outcomes.add(found.get("outcome"))
    if live.name == "ball":
        assert outcomes == {"stopped", "stalled", "diverged", "step limit"}


@at_a_desk("ball")
def test_runs_end_as_the_chapter_says(live):
    cases = {
        "Frozen": {"landscape": "root", "x": 5, "rate": 0.01, "by": "difference"},
        "the slope used is small enough": {
            "landscape": "root", "x": 5, "rate": 0.01, "by": "difference", "stop": "slope",
        },
        "changed the loss by only 0": {"x": -4, "rate": 1},
        "Diverged": {"x": -4, "rate": 2, "stop": "slope"},
    }  # fmt: skip
    for words, settings in cases.items():
        _, found = live.numbers(after=settings)
        live.figure.locator(".readout").filter(has_text=words).wait_for()
        live.figure.get_by_role("button", name="Reset").click()
        if words == "Frozen":
            assert found["points"][-1] == 18389726364.220005
            assert found["outcome"] == "stalled"


@at_a_desk("digit")
def test_the_network_reads_as_gdcore_does(live, parameters, pages):
    """All held-out scans, pixel by pixel, and thirty digits that were drawn by hand."""
    _, (x, y) = datasets.digits(np.random.default_rng(0))
    widen = datasets.enlarge(16 * np.eye(64).reshape(-1, 8, 8)).T
    counts = np.rint(16 * np.linalg.lstsq(widen, x.T)[0]).astype(int).T
    assert np.allclose(datasets.enlarge(counts.reshape(-1, 8, 8)), x, atol=1e-12)
    drawn = datasets.recorded("drawn")
    answers = live.figure.evaluate(
        "(figure, scans) => scans.map(scan => figure.live.read(scan).answer)", counts.tolist()
    )
    theirs = []
    for strokes in drawn["strokes"]:
        text = ";".join(" ".join(f"{a},{b}" for a, b in stroke) for stroke in strokes)
        state, found = live.numbers(after={"sample": 0, "strokes": text})
        agree("digit", state, found, parameters)
        theirs.append(found["answer"])
    assert len(answers) == 500 > 360
    assert answers == [reading(scan, parameters)["answer"] for scan in counts]
    assert np.mean(np.array(answers) == y) > 0.9
    assert np.bincount(drawn["digits"]).tolist() == [3] * 10
    right = sum(a == b for a, b in zip(theirs, drawn["digits"], strict=True))
    text = " ".join(pages["neural-networks.html"].main.get_text().split())
    assert f"it reads {right} of the 30" in text


# --- hands: each figure by mouse, by touch and by keyboard


@at_a_desk(*FIGURES)
def test_it_is_driven_by_keyboard_alone(live, parameters):
    keyboard = live.page.keyboard
    controls = live.figure.locator("input, select, button")
    count = controls.count()
    assert count
    controls.first.focus()
    for i in range(count):
        control = controls.nth(i)
        assert control.evaluate("control => control.matches(':focus')")
        kind = control.evaluate("control => control.type")
        before = live.state
        if kind == "range":
            at_end = control.evaluate("c => c.value === c.max")
            keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            assert control.get_attribute("aria-valuetext") is not None
        elif kind == "select-one":
            keyboard.press("ArrowDown")
        elif control.inner_text() in ("Step", "Reset", "Clear"):
            keyboard.press("Enter")
        else:
            keyboard.press("Space")
        live.changed(before, parameters)
        if control.inner_text() == "Pause":
            keyboard.press("Space")
        keyboard.press("Tab")
    status = live.figure.get_by_role("status")
    status.filter(has_text=re.compile(".{20}")).wait_for(state="attached")


@at_a_desk("ball")
def test_a_key_leads_a_slider_to_its_end(live):
    live.figure.get_by_label("Learning rate").press("Home")
    rates = []
    for _ in range(115):
        live.page.keyboard.press("ArrowRight")
        rates.append(live.state["rate"])
    assert rates == sorted(rates)
    assert rates[-1] == 2
    assert {0.1, 0.5, 0.8, 1, 1.1} <= set(rates)  # the regimes of the chapter


SAID = {
    "ball": {
        "creep": {"rate": 0.1},
        "one jump": {"rate": 0.5, "stop": "slope"},
        "hop": {"rate": 0.8},
        "cycle": {"rate": 1},
        "explode": {"rate": 1.1},
    },
    "map": {
        "y stays 0": {"x": -4, "y": 0, "rate": 1},
        "1 − ηκ = −1.001": {"condition": 6.9, "rate": 0.29},
    },
    "momentum": {
        "After 60 steps the loss is 0.00285 with weight, 1.94 without": {},
        "the distance by 0.693": {"rate": 0.095, "share": 0.48},
        "flies away": {"rate": 0.16, "share": 0.9},
        "After 3 steps": {"k": 3},
        "multiplies the distance by 0.927, without weight by 0.99": {"x": 0, "y": 0},
    },
    "machines": {
        "16 machines need 12.8 ms for a step: 7.78 times as fast as one": {},
        "The most is 8.83 times, with 32": {},
        "One machine needs 100 ms for a step: 1 times": {"n": 1},
        "must stay below 0.445: with 0.4 the ball settles": {},
        "the ball never settles": {"delay": 1, "rate": 1},
        "the ball flies away": {"delay": 10},
    },
    "dial": {"level": {"x": 1, "y": 0, "angle": 90}},
    "secant": {"no tangent": {"curve": "corner", "x": 0}},
    "fit": {"After 0 steps": {"k": 0}},
}


@at_a_desk(*SAID)
def test_its_words_say_what_happens(live, subtests):
    for words, settings in SAID[live.name].items():
        with subtests.test(words=words):
            live.figure.get_by_role("button", name="Reset").click()
            live.set(settings)
            live.figure.locator(".readout").filter(has_text=words).wait_for(timeout=3000)


def drag_by_mouse(page: Page, at: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*at)
    page.mouse.down()
    for part in (0.3, 0.6, 1):
        page.mouse.move(at[0] + part * by[0], at[1] + part * by[1])
    page.mouse.up()


def drag_by_touch(page: Page, at: tuple[float, float], by: tuple[float, float]) -> None:
    finger = page.context.new_cdp_session(page)
    for kind, part in (("touchStart", 0), *(("touchMove", p) for p in (0.3, 0.6, 1))):
        point = {"x": at[0] + part * by[0], "y": at[1] + part * by[1]}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def test_it_is_driven_by_hand(live, parameters):
    name, page, figure = live.name, live.page, live.figure
    mouse = not page.evaluate("navigator.maxTouchPoints")
    drag = drag_by_mouse if mouse else drag_by_touch
    # A finger beside the handles scrolls the page.
    touch = "all => all.map(e => getComputedStyle(e).touchAction)"
    fields = figure.locator(".panes svg").evaluate_all(touch)
    assert fields == (["none", "auto"] if name == "digit" else ["auto"] * len(fields))
    assert {*figure.locator(".handle").evaluate_all(touch)} <= {"none"}
    # What can be dragged on the picture: its handles, or the field to draw in.
    held = figure.locator(".handle" if name != "digit" else ".panes svg:first-child").all()
    assert len(held) == {"secant": 2, "dial": 2, "momentum": 2, "beans": 0, "fit": 0}.get(name, 1)
    for handle in held:
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        before = live.state
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        seen = page.evaluate("scrollY")
        drag(page, middle, (-30, 25))
        live.changed(before, parameters)
        assert page.evaluate("scrollY") == seen
    for control in figure.locator("input[type=range]").all():
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        before = live.state
        part = 0.3 if control.evaluate("c => c.value - c.min > (c.max - c.min) / 2") else 0.7
        place = box["x"] + part * box["width"], box["y"] + box["height"] / 2
        (page.mouse.click if mouse else page.touchscreen.tap)(*place)
        live.changed(before, parameters)
    for control in figure.locator("input[type=checkbox], button").all():
        before = live.state
        press = control.click if mouse else control.tap
        press()
        live.changed(before, parameters)
        if control.inner_text() == "Pause":
            press()
    assert page.evaluate("document.documentElement.scrollWidth") <= (1280 if mouse else 375)


@pytest.mark.parametrize("name", FIGURES)
def test_firefox_shows_and_does_the_same(gecko, site, name, parameters):
    gecko.failed.clear()
    gecko.size(375, 812)
    gecko.goto((site / FIGURES[name].page).as_uri())
    figure = f"({FIND})('{name}')"
    gecko.evaluate(f"{figure}.live.element.scrollIntoView({{ behavior: 'instant' }})")
    if name == "digit":
        ready = (
            f"new Promise(done => setInterval(() => {figure}.live.numbers.layers && done(1), 50))"
        )
        assert gecko.evaluate(ready)

    def told(after: Settings | None = None) -> tuple:
        return told_by(gecko.evaluate(TELL % FIGURES[name].numbers, name, after))

    rng = np.random.default_rng(2)
    for _ in range(25):
        state, found = told(FIGURES[name].draw(rng))
        agree(name, state, found, parameters)

    before = told()[0]
    gecko.evaluate(f"{figure}.live.element.querySelector('input').focus()")
    gecko.keys("Home", "ArrowRight", "ArrowRight")
    assert told()[0] != before
    handle = "svg" if name == "digit" else ".handle"
    for pointer in "mouse", "touch":
        before = told()[0]
        where = f"""(() => {{
            const drawn = {figure}.live.element;
            const handle = drawn.querySelector({json.dumps(handle)});
            const box = handle?.getBoundingClientRect();
            return box && [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        if place := gecko.evaluate(where):
            x, y = place
            gecko.drag((x, y), (x + 10, y - 10), (x + 30, y - 20), pointer=pointer)
            assert told()[0] != before
            assert "#" + name + "?" in gecko.evaluate("location.hash")
    state, found = told()
    if not state.get("sample"):
        agree(name, state, found, parameters)
    assert gecko.evaluate("document.documentElement.scrollWidth") <= 375
    # Of some formulas Firefox says that KaTeX's MathML is odd; no figure has any.
    assert [words for words in gecko.failed if "<msup/>" not in words] == []


# --- what a good page does


@at_a_desk(*FIGURES)
def test_axe_finds_nothing_after_use_either(live):
    for control in live.figure.locator("select").all():
        control.press("ArrowDown")
    for control in live.figure.locator("input[type=range]").all():
        control.press("PageDown")
    for button in live.figure.locator("button").all():
        button.click()
    # axe looks at every element before it asks which are meant.
    live.figure.evaluate(ALONE)
    found = []
    for theme in "light", "dark":
        live.page.emulate_media(color_scheme=theme)
        found += axe(live.page, ".live")
    live.page.evaluate("back()")
    assert found == []


ALONE = """figure => {
    const main = document.querySelector('main'), place = new Comment();
    figure.replaceWith(place);
    const rest = [...main.childNodes];
    main.replaceChildren(figure);
    window.back = () => { main.replaceChildren(...rest); place.replaceWith(figure); };
}"""


def test_nothing_moves_on_the_page(live, visited):
    _, moved = visited
    assert moved < 0.1
    live.page.evaluate("shifts.splice(0)")
    if play := live.figure.get_by_role("button", name="Play").all():
        play[0].evaluate("button => button.click()")  # which counts as no input
        frames(live.page, 20)
    else:
        live.set({"sample": 0, "angle": 90, "reach": 0})
        frames(live.page, 5)
    # The list of contents opens where one is, and what stands below in it moves by a little.
    moved = [shift for shift in live.page.evaluate("shifts") if shift[0] > 0.005]
    assert moved == []


@pytest.mark.parametrize("name", FIGURES)
def test_it_works_from_a_file_and_by_its_address(chromium, site, name):
    some = FIGURES[name].draw(np.random.default_rng(3))
    with opened(chromium, site.as_uri() + "/", name) as live:
        page, place, first = live.page, live.page.url, live.state
        slider = live.figure.locator("input[type=range]").last
        slider.press("End")
        slider.press("ArrowLeft")
        told = live.state
        assert told != first
        linked = page.url
        assert f"#{name}?" in linked
        settle(page)  # leaving earlier would break off what still loads
        page.goto("about:blank")
        page.goto(linked)
        page.wait_for_function(f"({FIND})('{name}')")
        page.wait_for_load_state()
        assert live.state == told
        page.wait_for_function("scrollY > 0")
        # Another link on the same page, and nonsense.
        query = "&".join(f"{key}={value}" for key, value in some.items()).replace("True", "true")
        page.evaluate("hash => { location.hash = hash }", f"{name}?{query}")
        page.wait_for_function(
            "([name, key, value]) => String((" + FIND + ")(name).live.state[key]) === value",
            arg=[name, *next((k, str(v)) for k, v in some.items() if not isinstance(v, bool))],
        )
        page.goto(f"{place}#{name}?k=lots&x=&rate=-1&nothing=%3Cb%3E&landscape=moon")
        page.wait_for_timeout(100)
        agree_with_defaults = live.state
        assert all(agree_with_defaults[k] == first[k] for k in first if k != "rate")


@at_a_desk("ball", "momentum")
def test_playing_steps_for_who_wants_less_motion(live):
    live.page.emulate_media(reduced_motion="reduce")
    live.figure.locator("input[type=range]").first.press("Home")
    assert live.state["k"] == 0
    play = live.figure.get_by_role("button", name="Play")
    seen = []
    for _ in range(11):
        play.click()
        seen.append(live.state["k"])
    # Ten pictures, or a few less where a run is short; then it begins anew.
    end = seen.index(np.inf)
    assert 4 < end < 10
    assert seen[:end] == [seen[0] * (i + 1) for i in range(end)]
    assert seen[end + 1 :] == seen[: 10 - end]
    frames(live.page, 3)  # nothing moves by itself
    assert live.state["k"] == seen[-1]


@at_a_desk("momentum")
def test_arrow_keys_move_a_point(live):
    plane, valley = (
        live.figure.get_by_role("application", name=re.compile(name)) for name in ("Plane", "Map")
    )
    plane.focus()
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("Shift+ArrowDown")
    assert (live.state["rate"], live.state["share"]) == (0.011, 0.7)
    assert "#momentum?rate=0.011&share=0.7" in live.page.url
    valley.focus()
    live.page.keyboard.press("ArrowUp")
    live.page.keyboard.press("ArrowLeft")
    assert (live.state["x"], live.state["y"]) == (-3.65, 1.05)
    for _ in range(30):  # and stays in the picture
        live.page.keyboard.press("Shift+ArrowUp")
    assert live.state["y"] == 1.5


@at_a_desk("momentum")
def test_pictures_of_one_figure_have_names_of_their_own(live):
    label = "all => all.map(svg => svg.ariaLabel)"
    live.set({"k": 3})
    said = live.figure.get_by_role("status").filter(has_text="After 3 steps")
    said.wait_for(state="attached")
    one, other = live.figure.locator(".panes svg").evaluate_all(label)
    assert one != other
    assert "After 3 steps" in one and "After 3 steps" in other


@pytest.mark.parametrize("size", [(375, 667), (740, 360)], ids=str)
def test_the_verdict_stays_in_sight_beside_the_picture(chromium, address, size):
    """Whichever slider one moves, in the hands of who holds a phone."""
    with opened(chromium, address, "momentum", size[0], is_mobile=True, has_touch=True) as live:
        page = live.page
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for slider in live.figure.locator("input[type=range]").all():
            live.figure.evaluate("figure => figure.scrollIntoView({ behavior: 'instant' })")
            slider.focus()
            slider.scroll_into_view_if_needed()
            frames(page, 3)
            places = [*live.figure.locator(".panes svg").all(), live.figure.locator(".readout")]
            boxes = [part.bounding_box() for part in (*places, slider)]
            for i, box in enumerate(boxes):
                assert box["y"] > 40 and box["y"] + box["height"] <= size[1], (i, box)
                for other in boxes[:i]:
                    apart = (
                        other["y"] + other["height"] <= box["y"] + 1
                        or box["y"] + box["height"] <= other["y"] + 1
                        or other["x"] + other["width"] <= box["x"] + 1
                        or box["x"] + box["width"] <= other["x"] + 1
                    )
                    assert apart, (i, box, other)
        texts = live.figure.locator(".panes text, .readout, label, output, button")
        sizes = texts.evaluate_all("all => all.map(e => parseFloat(getComputedStyle(e).fontSize))")
        assert min(sizes) >= 11


@at_a_desk("ball")
def test_a_run_plays_to_its_end(live):
    live.set({"rate": 0.3})  # a short one
    play = live.figure.get_by_role("button", name="Play")
    play.click()
    live.page.wait_for_function(f"({FIND})('ball').live.state.k > 2")
    assert live.figure.get_by_role("button", name="Pause").is_visible()
    live.page.wait_for_function(f"({FIND})('ball').live.state.k === Infinity")
    assert play.is_visible()


def test_scripts_stay_small(site, pages: dict[str, BeautifulSoup]):
    seen = {}
    for soup in pages.values():
        for script in soup.select("script[data-live]"):
            seen[script["data-live"]] = len(gzip.compress(script.string.encode()))
    assert seen.keys() == {
        file.stem for file in ROOT.glob("conf/explorables/*.js")
    } - {"base", "descend"}  # fmt: skip
    assert max(seen.values()) <= HEAVIEST, seen
    files = list(site.glob("_static/live/*.js"))
    assert files
    assert all(len(file.read_bytes()) <= HEAVIEST_PARAMETERS for file in files)
