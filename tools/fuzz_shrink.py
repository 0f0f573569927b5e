"""Making a program that differs smaller: statements taken out while it still differs.

``shrink(source, differs)`` tries ever smaller groups of statements of the whole program (delta
debugging over its syntax tree), and compound statements replaced by what is in them. Comments go,
too. Must not know what "differs" means.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

Differs = Callable[[str], bool]


def shrink(source: str, differs: Differs, most: int = 400) -> str:
    """The smallest program found with at most so many questions; ``source`` if none."""
    best = source
    asked = 0

    def smaller(tree: ast.Module) -> bool:
        nonlocal best, asked
        text = _text(tree)
        if text is None or len(text) >= len(best) or asked >= most:
            return False
        asked += 1
        if not differs(text):
            return False
        best = text
        return True

    size = max(1, len(_places(ast.parse(source))) // 2)
    while asked < most:
        found = _without_groups(best, size, smaller) or (size == 1 and _unwrapped(best, smaller))
        if not found:
            if size == 1:
                break
            size //= 2
    return best


def _without_groups(source: str, size: int, smaller: Callable[[ast.Module], bool]) -> bool:
    """Try to leave out each run of ``size`` statements; whether any could go."""
    found = False
    at = 0
    while at < len(_places(ast.parse(source))):
        tree = ast.parse(source)
        group = _places(tree)[at : at + size]
        for body, statement in reversed(group):
            body.remove(statement)
        if smaller(tree):
            source, found = ast.unparse(_filled(tree)), True
        else:
            at += size
    return found


def _unwrapped(source: str, smaller: Callable[[ast.Module], bool]) -> bool:
    """Try to replace each compound statement by one of its blocks; whether any could be."""
    for at in range(len(_places(ast.parse(source)))):
        for name in ("body", "orelse", "finalbody"):
            tree = ast.parse(source)
            body, statement = _places(tree)[at]
            inner = getattr(statement, name, None)
            if not inner or isinstance(statement, ast.FunctionDef | ast.ClassDef):
                continue
            place = body.index(statement)
            body[place : place + 1] = inner
            if smaller(tree):
                return True
    return False


def _places(tree: ast.AST) -> list[tuple[list[ast.stmt], ast.stmt]]:
    """Every statement with the block it is in, outer ones first."""
    return [(body, statement) for body in _blocks(tree) for statement in body]


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _filled(tree: ast.Module) -> ast.Module:
    """The same tree, ``pass`` in what must not be empty."""
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list) and not isinstance(node, ast.Module):
            node.body = node.body or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(node, ast.Try | ast.TryStar) and not node.handlers and not node.finalbody:
            node.finalbody = [ast.Pass()]
    return tree


def _text(tree: ast.Module) -> str | None:
    """The source of a tree, None if it is none."""
    try:
        text = ast.unparse(_filled(tree)) + "\n"
        compile(text, "<shrunk>", "exec")
    except (SyntaxError, ValueError):
        return None
    return text
