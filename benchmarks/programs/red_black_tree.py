"""A sorted map for awfy_cd.py: a red-black tree whose keys have a `compare`."""

from __future__ import annotations

from collections.abc import Callable


class Node:
    """A node of a red-black tree; keys have a `compare`."""

    def __init__(self, key: object, value: object) -> None:
        self.key = key
        self.value = value
        self.left: Node | None = None
        self.right: Node | None = None
        self.parent: Node | None = None
        self.red = True


def smallest(node: Node) -> Node:
    """The leftmost node below."""
    while node.left is not None:
        node = node.left
    return node


def successor(node: Node) -> Node | None:
    """The next node in order."""
    if node.right is not None:
        return smallest(node.right)
    above = node.parent
    while above is not None and node is above.right:
        node = above
        above = node.parent
    return above


class RedBlackTree:
    """A sorted map."""

    def __init__(self) -> None:
        self.root: Node | None = None

    def put(self, key: object, value: object) -> object:
        """Set the value of a key; the value it had before, or None."""
        above: Node | None = None
        node = self.root
        order = 0
        while node is not None:
            above = node
            order = key.compare(node.key)
            if order == 0:
                before = node.value
                node.value = value
                return before
            node = node.left if order < 0 else node.right
        added = Node(key, value)
        added.parent = above
        if above is None:
            self.root = added
        elif order < 0:
            above.left = added
        else:
            above.right = added
        self.repair(added)
        return None

    def repair(self, x: Node) -> None:
        """Colours and rotations after an insertion."""
        while x is not self.root and x.parent.red:
            grand = x.parent.parent
            if x.parent is grand.left:
                uncle = grand.right
                if uncle is not None and uncle.red:
                    x = self.recolour(x.parent, uncle, grand)
                    continue
                if x is x.parent.right:
                    x = x.parent
                    self.rotate_left(x)
                x.parent.red = False
                grand.red = True
                self.rotate_right(grand)
            else:
                uncle = grand.left
                if uncle is not None and uncle.red:
                    x = self.recolour(x.parent, uncle, grand)
                    continue
                if x is x.parent.left:
                    x = x.parent
                    self.rotate_right(x)
                x.parent.red = False
                grand.red = True
                self.rotate_left(grand)
        self.root.red = False

    def recolour(self, parent: Node, uncle: Node, grand: Node) -> Node:
        """Move the red one up."""
        parent.red = False
        uncle.red = False
        grand.red = True
        return grand

    def rotate_left(self, x: Node) -> None:
        """The right child takes the place of x."""
        y = x.right
        x.right = y.left
        if y.left is not None:
            y.left.parent = x
        self.replace(x, y)
        y.left = x
        x.parent = y

    def rotate_right(self, x: Node) -> None:
        """The left child takes the place of x."""
        y = x.left
        x.left = y.right
        if y.right is not None:
            y.right.parent = x
        self.replace(x, y)
        y.right = x
        x.parent = y

    def replace(self, x: Node, y: Node) -> None:
        """Hang y where x was."""
        y.parent = x.parent
        if x.parent is None:
            self.root = y
        elif x is x.parent.left:
            x.parent.left = y
        else:
            x.parent.right = y

    def get(self, key: object) -> object:
        """The value of a key, or None."""
        node = self.root
        while node is not None:
            order = key.compare(node.key)
            if order == 0:
                return node.value
            node = node.left if order < 0 else node.right
        return None

    def for_each(self, visit: Callable[[Node], None]) -> None:
        """All nodes in order."""
        node = None if self.root is None else smallest(self.root)
        while node is not None:
            visit(node)
            node = successor(node)
