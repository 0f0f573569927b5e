# benchmark: application
# about: sqlglot runs queries over tables in memory
# features: lambdas made by eval, tuples, dicts
# iterations: 8
# checksum: 0872353586d5b31d
# quick checksum: 0872353586d5b31d
"""sqlglot 30.30.0's executor: joins, groups and orders over drinkers, bars and beers."""

from __future__ import annotations

import random
from collections.abc import Callable

from sqlglot.executor import execute

Row = dict[str, object]

QUERIES = (
    "SELECT f.drinker, COUNT(*) AS n, SUM(f.perweek) AS s FROM frequents f GROUP BY f.drinker "
    "ORDER BY n DESC, f.drinker",
    "SELECT f.drinker, s.beer, s.quantity FROM frequents f JOIN serves s ON f.bar = s.bar "
    "WHERE s.quantity > 250 AND f.perweek >= 5 ORDER BY f.drinker, s.beer, s.quantity",
    "SELECT l.beer, AVG(l.perday) AS a, MAX(s.quantity) AS q FROM likes l "
    "JOIN serves s ON l.beer = s.beer GROUP BY l.beer HAVING COUNT(*) > 3 ORDER BY l.beer",
    "SELECT f.bar, l.beer, COUNT(*) AS n FROM frequents f JOIN likes l ON f.drinker = l.drinker "
    "JOIN serves s ON s.bar = f.bar AND s.beer = l.beer GROUP BY f.bar, l.beer "
    "ORDER BY n DESC, f.bar, l.beer LIMIT 20",
)


def tables() -> dict[str, list[Row]]:
    """Who goes where, what is served there, who likes what."""
    r = random.Random(7)

    def frequents() -> Row:
        drinker, bar = f"d{r.randrange(60)}", f"b{r.randrange(20)}"
        return {"drinker": drinker, "bar": bar, "perweek": r.randrange(1, 8)}

    def serves() -> Row:
        bar, beer = f"b{r.randrange(20)}", f"e{r.randrange(30)}"
        return {"bar": bar, "beer": beer, "quantity": r.randrange(1, 500)}

    def likes() -> Row:
        drinker, beer = f"d{r.randrange(60)}", f"e{r.randrange(30)}"
        return {"drinker": drinker, "beer": beer, "perday": r.randrange(1, 6)}

    return {
        "frequents": [frequents() for _ in range(900)],
        "serves": [serves() for _ in range(500)],
        "likes": [likes() for _ in range(700)],
    }


def prepare() -> Callable[[], object]:
    """A function that gives the rows of all queries."""
    data = tables()
    schema = {
        name: {
            column: "int" if isinstance(value, int) else "varchar"
            for column, value in rows[0].items()
        }
        for name, rows in data.items()
    }

    def run() -> object:
        results = []
        for query in QUERIES:
            result = execute(query, schema=schema, tables=data)
            results.append([tuple(row) for row in result.rows])
        return results

    return run
