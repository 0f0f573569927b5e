"""What is needed no more is given up, now and then: compiled code, and what is known of dead code.

Must not decide which compiled code that is (``trees``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotloop.core.driver import Driver
    from hotloop.core.trees import Tree


class Clearing:
    """Done by the thread that may record, before it does, and at the end. One per driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def look(self) -> None:
        """Free what is needed no more, if it is time to look for it."""
        driver = self.driver
        felled = self._forget(driver.compiler.clear(driver.on_purpose.frees()))
        if felled or driver.codes.have_grown():
            for code in driver.codes.forget_dead():
                driver.builder.forget(code)

    def give_up(self) -> None:
        """No code is entered any more: free all of it, unless some thread still runs it.

        Each collection at the end of the process would look at what is known of it, and objects of
        the program would be kept alive.
        """
        if self.driver.claim.take():
            try:
                self._forget(self.driver.compiler.clear_all())
            finally:
                self.driver.claim.give_back()

    def _forget(self, felled: list[Tree]) -> bool:
        for tree in felled:
            self.driver.profit.forget(tree.point)
        return bool(felled)
