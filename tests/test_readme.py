"""The picture of the README is what gdcore draws; `python tests/test_readme.py` draws it again."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

from gdcore import plots
from gdcore.descent import GradientBelow, descend
from gdcore.landscapes import double_well
from gdcore.rules import GradientDescent

PICTURE = Path(__file__).parent.parent / ".github" / "two-balls.svg"


def draw():
    well = double_well(tilt=0.3)
    stop = GradientBelow(1e-3)
    runs = [descend(well.gradient, x, rule=GradientDescent(0.1), stop=stop) for x in (0.075, 0.076)]
    return f"{plots.rolling_balls(well, runs)._repr_svg_()}<!-- matplotlib {mpl.__version__} -->\n"


def test_the_picture_is_current():
    stored = PICTURE.read_text("utf-8")
    drawn_by = re.search(r"<!-- matplotlib ([\w.]+) -->", stored)[1]
    if drawn_by != mpl.__version__:
        pytest.skip(f"the picture was drawn by matplotlib {drawn_by}")
    assert stored == draw(), "draw it again: python tests/test_readme.py"


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
