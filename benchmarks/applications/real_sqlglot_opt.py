# benchmark: application
# about: sqlglot parses, optimises and prints queries
# features: tree rewriting, copies, dispatch by dict
# iterations: 8
# checksum: dbd168d1dba5df29
# quick checksum: dbd168d1dba5df29
"""sqlglot 30.30.0: eight queries in the manner of TPC-H, eight times over."""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
import sqlglot.optimizer
from sql import QUERIES, SCHEMA


def prepare() -> Callable[[], str]:
    """A function that gives all optimised queries as text."""

    def run() -> str:
        out = []
        for _ in range(8):
            for query in QUERIES:
                tree = sqlglot.optimizer.optimize(sqlglot.parse_one(query), schema=SCHEMA)
                out.append(tree.sql(dialect="duckdb", pretty=True))
        return "\n".join(out)

    return run
