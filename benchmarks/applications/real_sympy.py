# benchmark: application
# about: sympy: expand, integrate, factor, groebner and more
# features: caches, metaclasses, __eq__ and __hash__, recursion
# iterations: 3
# checksum: 323cf477846f17f9
# quick checksum: 323cf477846f17f9
"""sympy 1.14.0 with an empty cache: polynomials, integrals, series, determinants, printing."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy.core.cache import clear_cache


def prepare() -> Callable[[], str]:
    """A function that gives all results as text."""
    x, y, z = sympy.symbols("x y z")

    def element(i: int, j: int) -> object:
        return x ** (i + 1) + y * j + (1 if i == j else 0)

    def run() -> str:
        clear_cache()
        product = (x + y) ** 5 * (x - 2 * y) ** 3 * (x**2 + y)
        system = [x * y - z**2, x**2 + y**2 - 1, x + y * z - 2]
        root = sympy.log(x + sympy.sqrt(x**2 + 1)) * sympy.sin(x) ** 2
        results = [
            sympy.expand((1 + x + y + z) ** 10),
            sympy.integrate(x**3 * sympy.exp(x) * sympy.sin(x), x),
            sympy.factor(sympy.expand(product)),
            sympy.groebner(system, x, y, z).exprs,
            sympy.series(sympy.exp(sympy.sin(x)) * sympy.cos(x), x, 0, 8),
            sympy.Matrix(5, 5, element).det(method="berkowitz"),
            sympy.simplify(sympy.diff(root, x, 2)),
        ]
        return "\n".join(map(str, results))

    return run
