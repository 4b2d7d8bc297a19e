"""Quick questions with a field that says whether an answer is right.

    :::{drill}
    :answer: 0.8 * -4
    What is $x_1$, if $x_0 = -4$ and $\\eta = 0.1$ on $f(x) = x^2$?
    ---
    $x_1 = x_0 - \\eta \\cdot 2 x_0 = 0.8 \\cdot (-4) = -3.2$.
    :::

The answer is arithmetic, so it is computed and not typed: numbers, + - * / **, sqrt, exp, log, pi.
`:within:` says how far off one may be; otherwise two significant digits count, and a whole number
has to be met. With `:choices: down | up | level` the answer is one of these. What stands after the
line is the explanation, folded. Neighbours come into one box.

Without scripts there is no field, and the answer opens all the same. drill.js does the rest.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .permalinks import slugged

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

OPERATIONS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
}
#: What separates the explanation from the question, and one choice from the next.
RULE, BAR = "---", "|"
DIGITS = 2
TITLE = "Quick check"


class drill(nodes.General, nodes.Element):
    pass


class drill_form(nodes.General, nodes.Element):
    """The field, or the choices with their words as children."""


def evaluate(expression: str) -> float:
    """Return what an arithmetic expression amounts to; nothing else is evaluated."""
    try:
        result = value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ArithmeticError, TypeError, ValueError) as problem:
        raise ValueError(f"{expression!r} is no arithmetic: {problem}") from problem
    if not (isinstance(result, float) and math.isfinite(result)):
        raise ValueError(f"{expression!r} is not a finite number")
    return float(f"{result:.12g}")  # 0.8 * -4 is meant to be -3.2


def value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id="pi"):
            return math.pi
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value(left), value(right))
        case ast.Call(func=ast.Name(id=name), args=[given], keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](value(given))
    raise ValueError(f"what is {ast.unparse(node)!r}?")


def margin(answer: float) -> float:
    """Return how far from an answer its first two digits reach; a whole number has no other."""
    if answer == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(answer))) - DIGITS + 1)
    return min(unit / 2, 0.4) if answer.is_integer() else unit / 2


class Drill(SphinxDirective):
    has_content = True
    option_spec = {  # noqa: RUF012
        name: directives.unchanged_required for name in ("answer", "choices", "within")
    }

    def run(self) -> list[nodes.Node]:
        try:
            return [self.question()]
        except ValueError as problem:
            return [self.state.document.reporter.warning(f"drill: {problem}", line=self.lineno)]

    def question(self) -> drill:
        if "answer" not in self.options:
            raise ValueError("there is no `:answer:`")
        lines = [line.strip() for line in self.content]
        cut = lines.index(RULE) if RULE in lines else len(lines)
        if not any(lines[:cut]):
            raise ValueError("there is no question")
        if not any(lines[cut + 1 :]):
            raise ValueError(f"there is no explanation after a line {RULE!r}")
        asked = nodes.container("", classes=["question"])
        self.parse(0, cut, asked)
        self.give_address(asked)
        answer = nodes.admonition("", nodes.title("", "Answer"), classes=["answer", "dropdown"])
        self.parse(cut + 1, len(lines), answer)
        form = drill_form(question=asked["ids"][0])
        if "choices" in self.options:
            self.choose(form, asked, answer)
        else:
            self.measure(form)
        whole = drill("", asked, form, answer)
        for node in (whole, answer):
            self.set_source_info(node)
        return whole

    def parse(self, first: int, end: int, into: nodes.Element) -> None:
        self.state.nested_parse(self.content[first:end], self.content_offset + first, into)

    def give_address(self, asked: nodes.Element) -> None:
        """Give a question an address of its own words."""
        name = slug = f"check-{slugged(asked.astext())[:40].strip('-')}"
        count = 1
        while name in self.state.document.ids:
            count += 1
            name = f"{slug}-{count}"
        asked["ids"].append(name)
        self.state.document.ids[name] = asked

    def measure(self, form: nodes.Element) -> None:
        form["answer"] = evaluate(self.options["answer"])
        within = self.options.get("within")
        form["within"] = evaluate(within) if within else margin(form["answer"])

    def choose(self, form: nodes.Element, asked: nodes.Element, answer: nodes.Element) -> None:
        """List the choices, and begin the explanation with the right one."""
        choices = [choice.strip() for choice in self.options["choices"].split(BAR)]
        right = self.options["answer"].strip()
        if choices.count(right) != 1 or len({*choices}) < max(2, len(choices)):
            raise ValueError(f"{right!r} is not one of the choices {choices}")
        form["answer"] = choices.index(right)
        said = [self.parse_inline(choice, lineno=self.lineno)[0] for choice in choices]
        form += [nodes.inline("", "", *words) for words in said]
        listed = nodes.paragraph("", "", classes=["choices"])
        for number, words in enumerate(said):
            listed += nodes.Text(" / " if number else "")
            listed += [word.deepcopy() for word in words]
        asked += listed
        chosen = nodes.strong("", "", *(word.deepcopy() for word in said[form["answer"]]))
        first = answer[1]
        if isinstance(first, nodes.paragraph):
            first[:0] = [chosen, nodes.Text(". ")]
        else:
            answer.insert(1, nodes.paragraph("", "", chosen, nodes.Text(".")))


def join(app: Sphinx, tree: nodes.document) -> None:
    """Put neighbours into one box."""
    for parent in {id(node.parent): node.parent for node in tree.findall(drill)}.values():
        children: list[nodes.Node] = []
        for are_drills, group in groupby(parent.children, lambda child: isinstance(child, drill)):
            if are_drills:
                title = nodes.title("", TITLE)
                children.append(nodes.admonition("", title, *group, classes=["drills"]))
            else:
                children += group
        parent.children = []
        parent += children


def visit_drill(self: HTML5Translator, node: drill) -> None:
    self.body.append(self.starttag(node, "div", CLASS="drill"))


def depart_drill(self: HTML5Translator, node: drill) -> None:
    self.body.append("</div>\n")


def visit_form(self: HTML5Translator, node: drill_form) -> None:
    """Write a form; drill.js answers it. (A phone's keys for decimals may lack the minus.)"""
    if self.builder.name != "html":
        raise nodes.SkipNode
    asked = node["question"]
    if not node.children:
        data = f'data-answer="{node["answer"]:.12g}" data-within="{node["within"]:.6g}"'
        self.body.append(
            f'<form {data} autocomplete="off">\n<label>Your answer '
            f'<input aria-describedby="{asked}" autocapitalize="off" spellcheck="false"></label>\n'
        )
        return
    self.body.append(
        f'<form data-answer="{node["answer"]}" autocomplete="off">\n'
        f'<fieldset aria-describedby="{asked}"><legend>Your answer</legend>\n'
    )
    for number, choice in enumerate(node.children):
        self.body.append(f'<label><input type="radio" name="{asked}" value="{number}"> ')
        choice.walkabout(self)
        self.body.append("</label>\n")
    self.body.append("</fieldset>\n")
    finish_form(self)
    raise nodes.SkipNode


def depart_form(self: HTML5Translator, node: drill_form) -> None:
    finish_form(self)


def finish_form(self: HTML5Translator) -> None:
    self.body.append('<button>Check</button>\n<output aria-live="polite"></output>\n</form>\n')


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("drill", Drill)
    app.add_node(drill, html=(visit_drill, depart_drill))
    app.add_node(drill_form, html=(visit_form, depart_form))
    app.connect("doctree-read", join)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
