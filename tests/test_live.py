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
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, listen, settle, visit
from pages import FIND, axe
from playwright.sync_api import Browser, Locator, Page

from gdcore import datasets
from gdcore.batches import Batches
from gdcore.derivatives import complex_step, forward_difference
from gdcore.descent import GradientBelow, LossChangeBelow, StepBelow, descend
from gdcore.landscapes import (
    Landscape,
    absolute_value,
    bowl,
    double_well,
    oval,
    parabola,
    root_loss,
    rosenbrock,
)
from gdcore.losses import CrossEntropy, MeanSquaredError, softmax
from gdcore.network import Network, ReLU
from gdcore.plots import PALETTE
from gdcore.regression import gradient, with_intercept
from gdcore.rules import (
    Adam,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    RMSProp,
    Scheduled,
)

Settings = dict[str, Any]
Numbers = dict[str, Any]

#: What each module and the base weigh at most, compressed.
HEAVIEST = 8 * 1024


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
        "step": StepBelow(s["tolerance"]),
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


def rate_ball(s: Settings, data: Any) -> Numbers:
    rule, stop = GradientDescent(s["rate"]), GradientBelow(1e-4)
    run = descend(parabola.gradient, -4.0, rule=rule, stop=stop, max_steps=40)
    return numbers_of_run(run) | {"factors": np.full(run.steps + 1, 1 - 2 * s["rate"])}


def start_ball(s: Settings, data: Any) -> Numbers:
    well, rule = double_well(0.3), GradientDescent(0.05)
    starts = s["x"], s["x"] + 0.05
    runs = [descend(well.gradient, x, rule=rule, stop=GradientBelow(1e-3)) for x in starts]
    return {f"run {i}": run.points for i, run in enumerate(runs)}


def stop_ball(s: Settings, data: Any) -> Numbers:
    rules = LossChangeBelow(s["tolerance"], pit), StepBelow(s["tolerance"])
    runs = [
        descend(lambda x: 2 * x * np.exp(-x * x), 2.2, rule=GradientDescent(0.1), stop=stop)
        for stop in (*rules, GradientBelow(s["tolerance"]))
    ]
    return {f"run {i}": run.points for i, run in enumerate(runs)}


def pit(x: float) -> float:
    return float(1 - np.exp(-x * x))


def map_(s: Settings, data: Any) -> Numbers:
    valley, rule = bowl(s["condition"]), GradientDescent(s["rate"])
    run = descend(valley.gradient, [s["x"], s["y"]], rule=rule, stop=GradientBelow(1e-3))
    return numbers_of_run(run) | {
        "factors": [1 - s["rate"], 1 - s["rate"] * s["condition"]],
        "best": 2 / np.sum(np.linalg.eigvalsh(valley.hessian(run.end))),
    }


HILL = Landscape(
    tex="x^2 + x y + 2 y^2",
    value=lambda p: p[0] ** 2 + p[0] * p[1] + 2 * p[1] ** 2,
    gradient=lambda p: np.array([2 * p[0] + p[1], p[0] + 4 * p[1]]),
    domain=((-3, 3), (-2, 2)),
)


def surface(s: Settings, data: Any) -> Numbers:
    p = np.array([s["x"], s["y"]])
    along = [np.array([np.linspace(-3, 3, 41), np.full(41, p[1])])]
    along += [np.array([np.full(41, p[0]), np.linspace(-2, 2, 41)])]
    # Turn the ground under the eye, then tip it up.
    turn, tilt = np.radians(s["turn"]), np.radians(s["tilt"])
    across = p @ [np.cos(turn), np.sin(turn)]
    away = p @ [-np.sin(turn), np.cos(turn)]
    up = 0.17 * (HILL(p) - 12)
    return {
        "height": HILL(p),
        "gradient": HILL.gradient(p),
        "slices": [HILL(places) for places in along],
        "ball": [across, away * np.sin(tilt) + up * np.cos(tilt)],
    }


RULES = {
    "plain": GradientDescent,
    "momentum": Momentum,
    "Nesterov": Nesterov,
    "RMSProp": RMSProp,
    "Adam": Adam,
}
#: Landscape, start, and the middle of the map, around which the ground is turned.
GROUNDS = {
    "bowl": (bowl(100), [-4.0, 1.0], (0, 0)),
    "Rosenbrock": (rosenbrock, [-1.2, 1.0], (0, 0.6)),
    "ridge": (
        Landscape(
            tex="",
            value=lambda p: p[0] ** 2 / 2 + 0.02 * (p[1] ** 2 - 1) ** 2 / 4,
            gradient=lambda p: np.array([p[0], 0.02 * (p[1] * (p[1] ** 2 - 1))]),
            domain=((-2.3, 2.3), (-2.3, 2.3)),
        ),
        [-2.0, 0.01],
        (0, 0),
    ),
}


@cache
def handed_over(page: str, name: str) -> Any:
    """What the build has given to a figure."""
    soup = BeautifulSoup((ROOT / "_build/html" / page).read_text("utf-8"), "html.parser")
    return json.loads(soup.select_one(f"script[data-live={name}]").find_previous("script").string)


def race(s: Settings, data: Any) -> Numbers:
    """What gdcore's rules do, where a last digit counts: the ways of RMSProp are chaotic."""
    landscape, start, middle = GROUNDS[s["place"]]
    rates = handed_over("beyond.html", "race")["places"][s["place"]]["rates"]
    angle = s["turn"] * np.pi / 180
    cos, sin = np.round(np.cos(angle), 12), np.round(np.sin(angle), 12)

    def there(p):
        return np.array([cos * p[0] - sin * p[1], sin * p[0] + cos * p[1]])

    def back(p):
        return np.array([cos * p[0] + sin * p[1], cos * p[1] - sin * p[0]])

    middle = np.array(middle)
    runs = [
        # As a column, since NumPy squares an array, and takes powers of a single number.
        descend(
            lambda p: there(landscape.gradient((back(p) + middle)[:, None])[:, 0]),
            there(np.array(start) - middle),
            rule=rule(rates[name]),
            max_steps=300,
        ).points
        for name, rule in RULES.items()
    ]
    losses = [landscape(back(points.T) + middle[:, None]) for points in runs]
    return {"runs": runs, "losses": losses}


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
            [s["w"], s["b"]],
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


#: The picture of each pixel of a scan, as a column.
WIDEN = datasets.enlarge(16 * np.eye(64).reshape(-1, 8, 8)).T


def in_full(numbers: Any) -> Any:
    """The 13,002 numbers for the 1,482 of the lab, whose first layer looks at scans of 8 x 8."""
    small = np.array(numbers)
    return np.concatenate([(small[:1024].reshape(16, 64) @ WIDEN.T).ravel(), small[1024:]])


def numbers_of(packed: Any) -> Any:
    return packed["unit"] * np.frombuffer(base64.b64decode(packed["counts"]), "<i2")


def network(s: Settings, data: Any) -> Numbers:
    """What gdcore's network of 784-16-16-10 makes of the ten digits, after some steps on them."""
    reader = Network([784, 16, 16, 10], ReLU(), CrossEntropy())
    scans = np.array([[int(c, 17) for c in scan] for scan in data["scans"]])
    x = datasets.enlarge(scans.reshape(-1, 8, 8))
    y = np.arange(10)
    theta = descend(
        lambda theta: reader.gradient(theta, x, y),
        in_full(numbers_of(data["weights"][s["from"]])),
        rule=GradientDescent(data["rate"]),
        max_steps=s["steps"],
    ).end
    mine, right = x[[s["digit"]]], [s["digit"]]
    gradient = reader.gradient(theta, mine, right)
    outputs = reader.forward(theta, x)
    return {
        "a": [a[0] for a in reader.activations(theta, mine)[1:]],
        "chances": softmax(outputs[right])[0],
        "deltas": [db for _, db in reader.layers(gradient)],
        "theta": theta,
        "loss": reader.loss(theta, mine, right),
        "mean": reader.loss(theta, x, y),
        "answer": int(outputs[right].argmax()),
        "read": int(np.sum(outputs.argmax(axis=1) == y)),
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
        "stop": str(rng.choice(["change", "step", "slope"])),
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


RUNS = """figure => Object.fromEntries(
    figure.live.numbers.runs.map(({ points }, i) => [`run ${i}`, points]))"""

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
    "rate-ball": Live(
        "descent-1d.html", rate_ball, lambda rng: {"rate": round(rng.uniform(0.01, 1.2), 2)}
    ),
    "start-ball": Live(
        "descent-1d.html", start_ball, lambda rng: {"x": round(rng.uniform(-1.75, 1.75), 2)}, RUNS
    ),
    "stop-ball": Live(
        "descent-1d.html", stop_ball, lambda rng: {"tolerance": log(rng, 1e-6, 0.1)}, RUNS
    ),
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
    "surface": Live(
        "partial-derivatives.html",
        surface,
        lambda rng: {
            "turn": int(rng.integers(-180, 181)),
            "tilt": int(rng.integers(5, 91)),
            "x": round(rng.uniform(-3, 3), 2),
            "y": round(rng.uniform(-2, 2), 2),
        },
    ),
    "race": Live(
        "beyond.html",
        race,
        lambda rng: {"turn": int(rng.integers(-90, 91)), "place": str(rng.choice([*GROUNDS]))},
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
            "w": round(rng.uniform(-0.3, 1.5), 2),
            "b": round(rng.uniform(-0.15, 1.05), 2),
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
    "network": Live(
        "neural-networks.html",
        network,
        lambda rng: {
            "stage": round(rng.uniform(0, 7), 2),
            "steps": int(rng.integers(0, 81)),
            "digit": int(rng.integers(10)),
            "neuron": int(rng.integers(1, 43)),
            "from": str(rng.choice(["start", "trained"])),
        },
        tolerance=1e-7,
    ),
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
    expected = FIGURES[name].oracle(s, (data or {}).get(name))
    for key, value in expected.items():
        shown = found[key]
        if name == "network" and key == "theta":
            shown = in_full(shown)
        elif name == "network" and key in ("a", "deltas"):
            shown = shown[1:]
        if isinstance(value, str | int):
            assert shown == value, (name, s, key)
        elif key in ("layers", "a", "deltas"):
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
def parameters(pages) -> Any:
    """What the lab gets from the page, and the network of the digits, in single precision."""
    data = {
        name: json.loads(script.find_previous("script").string)
        for name in ("digit", "network")
        for script in pages["neural-networks.html"].select(f"script[data-live={name}]")
    }
    trained = in_full(numbers_of(data["digit"]["weights"])).astype(np.float32)
    return {"digit": trained, "network": data["network"]}


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
    """All held-out scans, pixel by pixel, and all drawings."""
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
    assert answers == [reading(scan, parameters["digit"])["answer"] for scan in counts]
    assert np.mean(np.array(answers) == y) > 0.9
    right = sum(theirs[i] == drawn["digits"][i] for i in drawn["held"])
    text = " ".join(pages["neural-networks.html"].main.get_text().split())
    assert f"It reads {right} of the 60" in text


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
    "surface": {
        "At (−2, 1) the hillside is 4 high. To the east it falls with the slope −3": {},
        "To the east it is level, to the north it rises with the slope 3.5": {"x": -0.5, "y": 1},
        "To the east it is level, to the north it is level": {"x": 0, "y": 0},
    },
    "race": {
        "Turn the ground: who notices?": {},
        "Loss after 0 steps": {"k": 0, "turn": 45},
        "Nobody notices the turn": {"turn": 90},
        "Unturned: Adam": {"turn": 45, "k": 45},
    },
    "map": {
        "y stays 0": {"x": -4, "y": 0, "rate": 1},
        "1 − ηκ = −1.001": {"condition": 6.9, "rate": 0.29},
    },
    "rate-ball": {
        "Creep: each step multiplies the distance to the star by 1 − 2η = 0.8": {"rate": 0.1},
        "✓ Reach the star": {"rate": 0.5},
        "Hop: each step multiplies the distance to the star by 1 − 2η = −0.6": {"rate": 0.8},
        "Challenge: Reach the star": {"rate": 0.51},
        "Cycle": {"rate": 1},
        "Explode": {"rate": 1.1},
    },
    "start-ball": {
        "in the end in the same valley. Challenge": {},
        "in the end in different valleys. ✓": {"x": 0.05},
        "After step 3 they are at": {"k": 3},
    },
    "stop-ball": {
        "“the loss hardly changes” after 1 (on the plain)": {},
        "“the slope is small” after 0 (on the plain). Challenge": {"tolerance": 0.1},
        "(in the pit). Challenge": {"tolerance": 1e-5},
        "(in the pit). ✓": {"tolerance": 1e-4},
    },
    "beans": {
        "After 20 rounds": {},
        "After 0.03 rounds": {"batch": 1, "k": 3},
    },
    "momentum": {
        "After 60 steps the loss is 0.00285 with weight, 1.94 without": {},
        "the distance by 0.693": {"rate": 0.095, "share": 0.48},
        "flies away": {"rate": 0.16, "share": 0.9},
        "After 3 steps": {"k": 3},
        "multiplies the distance by 0.927, without weight by 0.99": {"x": 0, "y": 0},
    },
    "dial": {
        "level": {"x": 1, "y": 0, "angle": 90},
        "✓ Go down half as steeply": {"angle": 138},
        "Challenge: Go down half as steeply": {"angle": 198},
    },
    "secant": {
        "no tangent": {"curve": "corner", "x": 0},
        "✓ On a smooth curve, make the secant off by less": {"zoom": 100, "reach": 0.5},
        "Challenge: On a smooth curve": {"reach": 0},
    },
    "machines": {
        "16 machines need 12.8 ms for a step: 7.78 times as fast as one": {},
        "The most is 8.83 times, with 32": {},
        "One machine needs 100 ms for a step: 1 times": {"n": 1},
        "must stay below 0.445: with 0.4 the ball settles": {},
        "the ball never settles": {"delay": 1, "rate": 1},
        "the ball flies away": {"delay": 10},
        "Challenge: Make a step ten times as fast": {"n": 100},
        "✓ Make a step ten times as fast": {"n": 20, "latency": 1},
    },
    "fit": {"After 0 steps": {"k": 0}},
    "network": {
        "A 3 goes in": {},
        "Challenge: Let it learn until it reads all ten": {"steps": 1},
        "✓ Let it learn until it reads all ten": {"steps": 80},
        "δ times what came through": {"stage": 7},
    },
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
    special = {"digit": ["none"], "surface": ["pan-y"]}.get(name, [])
    assert fields == special + ["auto"] * (len(fields) - len(special))
    assert {*figure.locator(".handle").evaluate_all(touch)} <= {"none"}
    # What can be dragged on the picture: its handles, or the field to draw in.
    held = figure.locator(".handle" if name != "digit" else ".panes svg:first-child").all()
    handles = {"secant": 2, "dial": 2, "momentum": 2, "fit": 0, "rate-ball": 0, "stop-ball": 0}
    assert len(held) == handles.get(name, 1)
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
    moved = [
        shift
        for shift in live.page.evaluate("shifts")
        if shift[0] > 0.005 and not (shift[1:] and all("toc-entry" in str(p) for p in shift[1:]))
    ]
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
            "([name, key, value]) => (" + FIND + ")(name).live.state[key] == value",  # 1 or "1"
            arg=[name, *next((k, str(v)) for k, v in some.items() if not isinstance(v, bool))],
        )
        page.goto(f"{place}#{name}?k=lots&x=&rate=-1&nothing=%3Cb%3E&landscape=moon")
        page.wait_for_timeout(100)
        agree_with_defaults = live.state
        assert all(agree_with_defaults[k] == first[k] for k in first if k != "rate")


@at_a_desk(
    "ball", "rate-ball", "start-ball", "stop-ball", "beans", "map", "momentum", "fit", "race"
)
def test_playing_steps_for_who_wants_less_motion(live):
    live.page.emulate_media(reduced_motion="reduce")
    live.set({"k": 0})
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


@at_a_desk(*FIGURES)
def test_pictures_of_one_figure_have_names_of_their_own(live):
    said = live.figure.get_by_role("status").filter(has_text=re.compile(".{20}"))
    said.wait_for(state="attached")
    words = said.text_content()  # with spaces as they are
    labels = live.figure.locator(".panes svg").evaluate_all("all => all.map(e => e.ariaLabel)")
    names = [label.removesuffix(words) for label in labels]
    assert all(len(name) > 15 and name != label for name, label in zip(names, labels, strict=True))
    assert len({*names}) == len(names)


@at_a_desk("secant")
def test_two_points_in_one_place_can_be_pulled_apart(live):
    handles = live.figure.locator(".handle")
    live.set({"x": 1, "reach": 0})
    frames(live.page, 2)
    places = [handle.bounding_box() for handle in handles.all()]
    middles = [(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in places]
    assert middles[0] == pytest.approx(middles[1], abs=25)  # their names stand apart
    shape = live.figure.locator(".handle path").first.bounding_box()
    at = shape["x"] + shape["width"] / 2, shape["y"] + shape["height"] / 2
    drag_by_mouse(live.page, at, (40, 0))
    state = live.state
    assert state["x"] == 1 and state["reach"] > 0.2


@at_a_desk("secant", "dial")
def test_two_handles_differ_in_shape_colour_and_name(live):
    looks = live.figure.locator(".handle").evaluate_all("""all => all.map(handle => {
        const shape = handle.querySelector('path');
        return [shape.getAttribute('d'), getComputedStyle(shape).stroke, handle.textContent];
    })""")
    assert len(looks) == 2
    for one, other in zip(*looks, strict=True):
        assert one and other and one != other


@at_a_desk("network")
def test_its_steps_are_gdcores_gradient(live, parameters):
    """By what the lab moves in a step, divided by the rate; its slopes are δ times what came."""
    data = parameters["network"]
    reader = Network([784, 16, 16, 10], ReLU(), CrossEntropy())
    scans = np.array([[int(c, 17) for c in scan] for scan in data["scans"]])
    x = datasets.enlarge(scans.reshape(-1, 8, 8))
    for start, k, digit in ("start", 0, 3), ("start", 40, 7), ("trained", 5, 1):
        some = {"from": start, "digit": digit}
        here, there = (live.numbers(after=some | {"steps": k + i})[1] for i in (0, 1))
        theta, moved = in_full(here["theta"]), in_full(there["theta"])
        mean = reader.gradient(theta, x, np.arange(10))
        close((theta - moved) / data["rate"], mean, 1e-7, start)
        slopes = reader.layers(reader.gradient(theta, x[[digit]], [digit]))
        came = [x[digit], *here["a"][1:3]]
        for (dW, _), delta, a in zip(slopes, here["deltas"][1:], came, strict=True):
            close(np.outer(delta, a), dW, 1e-7, (start, digit))


@at_a_desk("network")
def test_signals_run_forwards_and_rates_backwards(live):
    state = f"({FIND})('network').live.state"
    for button, end in ("Forward", 3), ("Backward", 7):
        live.figure.get_by_role("button", name=button).click()
        live.page.wait_for_function(f"{state}.stage > {end} - 2.5 && {state}.stage < {end}")
        assert live.figure.get_by_role("button", name="Pause").is_visible()
        live.figure.get_by_role("button", name=button).wait_for()  # it said Pause
        assert live.state["stage"] == end
        assert f"stage={end}" in live.page.url
    # Where a switch is off, no rate comes back.
    _, found = live.numbers()
    for layer in (1, 2):
        off = np.array(found["a"][layer]) == 0
        assert 0 < off.sum() < 16
        assert np.array_equal(np.array(found["deltas"][layer]) == 0, off)
    triangles = live.figure.locator(".delta").count()
    assert triangles == 10 + sum(np.count_nonzero(found["deltas"][layer]) for layer in (1, 2))


@at_a_desk("network")
def test_with_less_motion_signals_go_a_layer_at_a_press(live):
    live.page.emulate_media(reduced_motion="reduce")
    seen = []
    for button in ["Forward"] * 4 + ["Backward"] * 5:
        live.figure.get_by_role("button", name=button).click()
        seen.append(live.state["stage"])
    assert seen == [1, 2, 3, 1, 4, 5, 6, 7, 4]


@at_a_desk("network")
def test_it_learns_ten_digits_step_by_step(live):
    learn, means = live.figure.get_by_role("button", name="Learn"), []
    for k in range(1, 6):
        learn.click()
        state, found = live.numbers()
        assert state["steps"] == k
        means.append(found["mean"])
    assert means[-1] < means[0] < live.numbers(after={"steps": 0})[1]["mean"]
    read = [live.numbers(after={"steps": k})[1]["read"] for k in range(81)]
    said = BeautifulSoup(live.page.content(), "lxml").main.get_text()
    assert f"reads all ten after {read.index(10)} steps" in " ".join(said.split())


def test_a_neuron_is_chosen_by_hand(visited, request):
    found, _ = visited
    if found.name != "network":
        pytest.skip("the other figures have no neurons")
    live = request.getfixturevalue("live")
    page, net = live.page, live.figure.locator(".panes svg")
    net.scroll_into_view_if_needed()
    # The third neuron of the answer.
    box = net.locator(".node").nth(34).bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    (page.touchscreen.tap if page.evaluate("navigator.maxTouchPoints") else page.mouse.click)(
        *place
    )
    assert live.state["neuron"] == 35
    assert "neuron=35" in page.url
    net.focus()
    for key, neuron in {
        "ArrowDown": 36, "ArrowUp": 35, "ArrowRight": 35, "ArrowLeft": 21,
        "Shift+ArrowUp": 17, "Shift+ArrowLeft": 1,
    }.items():  # fmt: skip
        page.keyboard.press(key)
        assert live.state["neuron"] == neuron, key
    words = live.figure.locator(".panes text").all_text_contents()
    assert "its weights" in words


@at_a_desk("beans")
def test_one_bean_at_a_time_can_be_drawn(live):
    draw = live.figure.get_by_role("button", name="Draw one bean")
    for k in 1, 2, 3:
        draw.click()
        assert (live.state["batch"], live.state["k"]) == (1, k)
    frames(live.page, 2)
    # A hundred beans, the one that was drawn, and the square at the end of each way on the map.
    assert live.figure.locator("svg").first.locator("path.path[stroke-width='7']").count() == 1


def test_several_figures_share_an_address_and_nothing_jumps(chromium, address):
    page_of = address + FIGURES["ball"].page
    with opened(chromium, address, "rate-ball") as live:
        page = live.page
        live.figure.get_by_label("Learning rate").press("ArrowRight")
        ball = page.locator("figure:has(.live)", has=page.locator('[id^="live-ball-"]'))
        ball.get_by_role("slider", name="Start").press("ArrowRight")
        linked = page.url
        assert linked == page_of + "#rate-ball?rate=0.11&ball?x=-3.99"
        ball.get_by_role("button", name="Reset").click()
        assert page.url == page_of + "#rate-ball?rate=0.11"

        settle(page)
        page.goto("about:blank")
        page.goto(linked)
        page.wait_for_load_state()
        told = "() => ['rate-ball', 'ball'].map(name => (FIND)(name).live.state)"
        rate, whole = page.evaluate(told.replace("FIND", FIND))
        assert (rate["rate"], whole["x"]) == (0.11, -3.99)
        # The link leads to what was touched last.
        top = f"({FIND})('ball').getBoundingClientRect().top"
        page.wait_for_function(f"{top} > 0 && {top} < 200")

        page.evaluate("scrollTo({ top: 1000, behavior: 'instant' })")
        page.wait_for_timeout(500)
        seen = page.evaluate("scrollY")  # pictures above it have come
        for again in (page.reload, lambda: (page.goto(address + "about.html"), page.go_back())):
            page.wait_for_timeout(300)  # until the browser has noted where the reader is
            again()
            page.wait_for_load_state()
            page.wait_for_timeout(300)
            assert abs(page.evaluate("scrollY") - seen) < 3
            rate, whole = page.evaluate(told.replace("FIND", FIND))
            assert (rate["rate"], whole["x"]) == (0.11, -3.99)


def test_colours_of_live_figures_are_the_palettes():
    """And no other colour is written in them; `--accent` is the path's."""
    folder = ROOT / "conf" / "explorables"
    style = (folder / "live.css").read_text("utf-8")
    known = {*PALETTE, "accent", "surface", "serif", "sans", "ratio", "lines"}
    known |= {"part", "least", "narrow", "flat", "rows"}  # how a figure parts its room
    assert {*re.findall(r"var\(--([\w-]+)\)", style)} <= known
    painted = re.findall(r"(?:^|[\s;{])(?:fill|stroke|color|background):\s*([^;]+);", style)
    assert len(painted) > 20
    for colour in painted:
        assert re.fullmatch(r"none|currentColor|var\(--\w+\)|color-mix\(.*var.*\)", colour), colour
    for file in folder.glob("*.js"):
        code = file.read_text("utf-8")
        assert re.findall(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(|(?:fill|stroke)=.(?!\$)", code) == [], (
            file.name
        )


SIZES = """() => [...document.querySelectorAll('.live')].flatMap(figure =>
    [...figure.shadowRoot.querySelectorAll('text, p, label, output, button, select, th, td')]
        .filter(e => e.textContent && !e.matches('.unseen'))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
WIDTHS = """() => [...document.querySelectorAll('article img[src*=".svg"]')]
    .filter(e => e.checkVisibility()).map(e => [e.src, e.getBoundingClientRect().width])"""


def test_no_text_of_a_picture_is_small_on_a_phone(phone, site):
    """In a static one matplotlib draws letters from outlines, scaled by a hundredth of their size.

    What is raised or lowered in a formula is smaller, as in the text.
    """
    live = phone.page.evaluate(SIZES)
    assert len(live) >= 10 or not phone.page.locator(".live").count()
    assert [size for size in live if size < 11] == []
    for address, width in phone.page.evaluate(WIDTHS):
        svg = (site / urlsplit(address).path[1:]).read_text("utf-8")
        whole = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
        sizes = [100 * float(scale) for scale in re.findall(r"scale\(([\d.]+) -\1\)", svg)]
        assert min(sizes, default=12) * width / whole >= 11, address


@pytest.mark.parametrize("visited", [(name, "touch") for name in FIGURES], indirect=True)
def test_type_twice_as_large_fits_a_phone(live):
    page = live.page
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    frames(page, 3)
    inside = "figure => [figure.live.element.scrollWidth, figure.clientWidth]"
    wide, room = live.figure.evaluate(inside)
    ticks = live.figure.locator("svg .axis ~ text.middle").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.top, b.left, b.right])"
    )
    page.evaluate("document.documentElement.style.fontSize = ''")
    frames(page, 3)
    assert wide <= room
    for (top, _, right), (below, left, _) in itertools.pairwise(ticks):
        assert top != below or right <= left  # numbers along an axis do not collide


def test_the_hillside_is_turned_by_hand(chromium, address):
    for hand, drag in ("mouse", drag_by_mouse), ("touch", drag_by_touch):
        with opened(chromium, address, "surface", **HANDS[hand]) as live:
            picture = live.figure.locator(".panes svg").first
            picture.scroll_into_view_if_needed()
            box = picture.bounding_box()
            drag(live.page, (box["x"] + box["width"] / 2, box["y"] + 60), (0.25 * box["width"], 2))
            # A quarter of the picture is about an eighth of a full turn, against the clock.
            live.page.wait_for_function(f"({FIND})('surface').live.state.turn < 0")
            assert -35 < live.state["turn"] < -5
            assert "#surface?turn=" in live.page.url
    with opened(chromium, address, "surface") as live:
        live.figure.get_by_role("application", name=re.compile("surface")).focus()
        live.page.keyboard.press("ArrowUp")
        live.page.keyboard.press("ArrowRight")
        assert (live.state["turn"], live.state["tilt"]) == (30, 37)
        for _ in range(4):
            live.page.keyboard.press("Shift+ArrowRight")
        assert live.state["turn"] == 30 + 4 * 50 - 360  # and on around
        # From straight above, the surface is its map.
        _, found = live.numbers(after={"turn": 0, "tilt": 90, "x": 1.5, "y": -1})
        assert np.allclose(found["ball"], [1.5, -1])


@at_a_desk("map", "momentum")
def test_an_arrow_points_to_what_has_left_the_map(live):
    arrows = live.figure.locator(".panes svg").first.locator("path[d^='M-12-7']")
    assert arrows.count() == 0
    live.set({"rate": 0.25 if live.name == "map" else 0.16})
    frames(live.page, 3)
    assert arrows.count() == (1 if live.name == "map" else 2)
    edge = arrows.first.bounding_box()
    box = live.figure.locator(".panes svg").first.bounding_box()
    assert box["y"] <= edge["y"] and edge["y"] + edge["height"] <= box["y"] + box["height"]


@pytest.mark.parametrize("size", [(375, 667), (740, 360)], ids=str)
@pytest.mark.parametrize("name", FIGURES)
def test_the_verdict_stays_in_sight_beside_the_picture(chromium, address, name, size):
    """Whichever slider one moves, in the hands of who holds a phone."""
    with opened(chromium, address, name, size[0], is_mobile=True, has_touch=True) as live:
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
                assert box["y"] > 40 and box["y"] + box["height"] <= size[1] + 1, (i, box)
                for other in boxes[:i]:
                    apart = (
                        other["y"] + other["height"] <= box["y"] + 1
                        or box["y"] + box["height"] <= other["y"] + 1
                        or other["x"] + other["width"] <= box["x"] + 1
                        or box["x"] + box["width"] <= other["x"] + 1
                    )
                    assert apart, (i, box, other)


@at_a_desk("ball")
def test_a_run_plays_to_its_end(live):
    live.set({"rate": 0.3})  # a short one
    play = live.figure.get_by_role("button", name="Play")
    play.click()
    live.page.wait_for_function(f"({FIND})('ball').live.state.k > 2")
    assert live.figure.get_by_role("button", name="Pause").is_visible()
    live.page.wait_for_function(f"({FIND})('ball').live.state.k === Infinity")
    play.wait_for()  # it said Pause


def test_scripts_stay_small(pages: dict[str, BeautifulSoup]):
    seen = {}
    for soup in pages.values():
        for script in soup.select("script[data-live]"):
            code = len(gzip.compress(script.string.encode()))  # of what makes one more, a few
            seen[script["data-live"]] = max(code, seen.get(script["data-live"], 0))
    assert seen.keys() == {
        file.stem for file in ROOT.glob("conf/explorables/*.js")
    } - {"base", "descend"}  # fmt: skip
    assert max(seen.values()) <= HEAVIEST, seen
