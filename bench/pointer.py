"""How long the script of each live figure works for one move of the pointer.

Chromium counts the time that scripts take.  A move changes one setting, and a frame later the
figure is drawn anew; both are in the number.  With a processor slowed down four times it is about
that of a phone.  No task should take more than 50 ms, since the page does not answer meanwhile.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, sync_playwright

from tools import browser

ROOT = Path(__file__).parent.parent

#: Where each figure is, and what is dragged in it: a handle, a field, or the first slider.
FIGURES = {
    "secant": ("derivatives", ".handle"),
    "rate-ball": ("descent-1d", "input"),
    "stop-ball": ("descent-1d", "input"),
    "start-ball": ("descent-1d", ".handle"),
    "ball": ("descent-1d", ".handle"),
    "map": ("partial-derivatives", ".handle"),
    "surface": ("partial-derivatives", ".handle"),
    "momentum": ("beyond", ".handle"),
    "race": ("beyond", ".handle"),
    "dial": ("steepest-direction", ".handle"),
    "beans": ("batches", ".handle"),
    "fit": ("neural-networks", "input"),
    "digit": ("neural-networks", "svg"),
    "network": ("neural-networks", "input"),
}
MOVES = 60
LONG_TASKS = """window.tasks = [];
new PerformanceObserver(list => tasks.push(...list.getEntries().map(task => task.duration)))
    .observe({ type: 'longtask' });"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def drag(page: Page, held: Locator, slower: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of script for each move of a drag, and the long tasks in it."""
    held.scroll_into_view_if_needed()
    box = held.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})

    def script() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "ScriptDuration"))

    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(TWO_FRAMES)
    page.evaluate("tasks.splice(0)")
    times = []
    for i in range(MOVES):
        before = script()
        turn = 2 * np.pi * i / MOVES
        page.mouse.move(x + 60 * np.sin(turn), y + 40 * np.sin(2 * turn))
        page.evaluate(TWO_FRAMES)
        times.append(1000 * (script() - before))
    page.mouse.up()
    return times, page.evaluate("tasks")


def main() -> None:
    """Print the median and the largest time of each figure."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        for slower in 1, 4:
            print(f"milliseconds of script per pointer move, processor slowed down {slower} times")
            for name, (page_name, part) in FIGURES.items():
                page = chromium.new_page()
                page.add_init_script(LONG_TASKS)
                page.goto((ROOT / "_build/html" / f"{page_name}.html").as_uri())
                figure = page.locator("figure", has=page.locator(f'[id^="live-{name}-"]'))
                figure.scroll_into_view_if_needed()
                page.wait_for_timeout(500)
                times, long = drag(page, figure.locator(part).first, slower)
                row = f"  {name:7} median {np.median(times):5.2f}  most {max(times):6.2f}"
                print(f"{row}  tasks above 50 ms: {len(long)}")
                page.close()
        chromium.close()


if __name__ == "__main__":
    main()
