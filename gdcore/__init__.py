"""Gradient descent, small enough to read: the module behind *Rolling Downhill*.

Everything is one loop, ``x ← x − step(g)``, in :func:`gdcore.descent.descend`.  The other
modules say where the gradient ``g`` comes from, what a rule makes of it, and how to look at
the path.

>>> from gdcore.descent import LossChangeBelow, descend
>>> from gdcore.landscapes import parabola
>>> from gdcore.rules import GradientDescent
>>> stop = LossChangeBelow(1e-5, parabola)
>>> descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), stop=stop)
Run(31 steps from -4.0 to -0.003961408125713218,
    stopped: loss changed by 8.82717e-06 < 1e-05)
"""

__version__ = "0.1.0"
