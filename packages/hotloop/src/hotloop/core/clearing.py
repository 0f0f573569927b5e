"""What is needed no more is given up, now and then: compiled code, and what is known of dead code.

Must not decide which compiled code that is (``trees``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotloop.core.driver import Driver


class Clearing:
    """Done by the thread that may record, before it does. One per driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def look(self) -> None:
        """Free what is needed no more, if it is time to look for it."""
        driver = self.driver
        felled = driver.compiler.clear(driver.on_purpose.frees())
        for tree in felled:
            driver.profit.forget(tree.point)
        if felled or driver.codes.have_grown():
            for code in driver.codes.forget_dead():
                driver.builder.forget(code)
