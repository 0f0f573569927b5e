# benchmark: objects
# about: splay tree with payloads (after Octane)
# features: tree rotations, allocation, random keys
# argument: 2500
# iterations: 12
# checksum: d046de239687125b
# quick: 60
# quick checksum: 919c3eba2fefdc64
"""A splay tree whose nodes carry trees of strings and arrays; old nodes go, new ones come.

python splay.py [NODES]
"""

from __future__ import annotations

import sys


class Random:
    """Numbers that look random and are always the same."""

    def __init__(self) -> None:
        self.seed = 49734321

    def next(self) -> float:
        """The next of them, below 1."""
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        return self.seed / 0x80000000


class Leaf:
    """What a key carries at the bottom: an array and a text."""

    def __init__(self, tag: str) -> None:
        self.array = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        self.string = "String for key " + tag + " in leaf node"


class Branch:
    """What a key carries above."""

    def __init__(self, depth: int, tag: str) -> None:
        self.left = payload(depth - 1, tag)
        self.right = payload(depth - 1, tag)


def payload(depth: int, tag: str) -> Leaf | Branch:
    """A tree of that depth."""
    if depth == 0:
        return Leaf(tag)
    return Branch(depth, tag)


class Node:
    """A key with its value and two subtrees."""

    def __init__(self, key: float, value: Leaf | Branch | None) -> None:
        self.key = key
        self.value = value
        self.left: Node | None = None
        self.right: Node | None = None


class SplayTree:
    """A sorted map in which what was used last is at the root."""

    def __init__(self) -> None:
        self.root: Node | None = None

    def insert(self, key: float, value: Leaf | Branch) -> None:
        """Add a key that is not there."""
        node = Node(key, value)
        if self.root is None:
            self.root = node
            return
        self.splay(key)
        root = self.root
        if root.key == key:
            return
        if key > root.key:
            node.left = root
            node.right = root.right
            root.right = None
        else:
            node.right = root
            node.left = root.left
            root.left = None
        self.root = node

    def remove(self, key: float) -> Node:
        """Take a key out. Raises KeyError."""
        self.splay(key)
        removed = self.root
        if removed is None or removed.key != key:
            raise KeyError(key)
        if removed.left is None:
            self.root = removed.right
        else:
            right = removed.right
            self.root = removed.left
            self.splay(key)
            assert self.root is not None
            self.root.right = right
        return removed

    def find(self, key: float) -> Node | None:
        """The node of a key."""
        if self.root is None:
            return None
        self.splay(key)
        return self.root if self.root.key == key else None

    def find_less_than(self, key: float) -> Node | None:
        """The node with the greatest key that is smaller."""
        if self.root is None:
            return None
        self.splay(key)
        if self.root.key < key:
            return self.root
        node = self.root.left
        while node is not None and node.right is not None:
            node = node.right
        return node

    def splay(self, key: float) -> None:
        """Bring the key, or the one next to it, to the root: top down."""
        current = self.root
        if current is None:
            return
        dummy = left = right = Node(0.0, None)
        while True:
            if key < current.key:
                child = current.left
                if child is None:
                    break
                if key < child.key:
                    current.left = child.right
                    child.right = current
                    current = child
                    if current.left is None:
                        break
                right.left = current
                right = current
                current = current.left
            elif key > current.key:
                child = current.right
                if child is None:
                    break
                if key > child.key:
                    current.right = child.left
                    child.left = current
                    current = child
                    if current.right is None:
                        break
                left.right = current
                left = current
                current = current.right
            else:
                break
        left.right = current.left
        right.left = current.right
        current.left = dummy.right
        current.right = dummy.left
        self.root = current

    def keys(self) -> list[float]:
        """All keys in order."""
        found: list[float] = []
        stack: list[Node] = []
        node = self.root
        while stack or node is not None:
            while node is not None:
                stack.append(node)
                node = node.left
            node = stack.pop()
            found.append(node.key)
            node = node.right
        return found


def insert_new(tree: SplayTree, random: Random) -> float:
    """A key that was not there, with its payload."""
    key = random.next()
    while tree.find(key) is not None:
        key = random.next()
    tree.insert(key, payload(4, str(key)))
    return key


def main(argv: list[str]) -> None:
    """Fill the tree, change half of it, print its keys' sum."""
    nodes = int(argv[0]) if argv else 2000
    random = Random()
    tree = SplayTree()
    for _ in range(nodes):
        insert_new(tree, random)
    for _ in range(nodes * 2):
        key = insert_new(tree, random)
        less = tree.find_less_than(key)
        tree.remove(key if less is None else less.key)
    keys = tree.keys()
    print(len(keys), keys == sorted(keys), f"{sum(keys):.9f}")


if __name__ == "__main__":
    main(sys.argv[1:])
