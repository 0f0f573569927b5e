# benchmark: objects
# about: loops in control-flow graphs (after Are We Fast Yet)
# features: sets, dicts, union-find, recursion, graphs
# argument: 60
# iterations: 12
# checksum: c546709f4570d20a
# quick: 1
# quick checksum: d6baf0c8e867cebb
"""Finds the loops of control-flow graphs with Havlak's algorithm.

python awfy_havlak.py [ROUNDS]

The graph is made of nested loops in the shape of diamonds; it is analysed again and again.
"""

from __future__ import annotations

import sys

MOST_BACK_PREDECESSORS = 32 * 1024


class Block:
    """A basic block."""

    def __init__(self, name: int) -> None:
        self.name = name
        self.incoming: list[Block] = []
        self.outgoing: list[Block] = []


class Graph:
    """Blocks by their names; the first one is the entry."""

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}
        self.start: Block | None = None

    def block(self, name: int) -> Block:
        """The block of that name, made if needed."""
        found = self.blocks.get(name)
        if found is None:
            found = Block(name)
            self.blocks[name] = found
            if self.start is None:
                self.start = found
        return found

    def edge(self, source: int, target: int) -> None:
        """From one block to another."""
        first, second = self.block(source), self.block(target)
        first.outgoing.append(second)
        second.incoming.append(first)


class Loop:
    """A loop: its header, its blocks, the loops within and the one around it."""

    def __init__(self, header: Block | None, reducible: bool) -> None:
        self.header = header
        self.reducible = reducible
        self.parent: Loop | None = None
        self.children: set[Loop] = set()
        self.blocks: set[Block] = set()
        self.is_root = header is None
        self.nesting = 0
        self.depth = 0
        if header is not None:
            self.blocks.add(header)

    def set_parent(self, parent: Loop) -> None:
        """Put it within another one."""
        self.parent = parent
        parent.children.add(self)


class LoopGraph:
    """All loops of a graph, as a tree."""

    def __init__(self) -> None:
        self.root = Loop(None, True)
        self.loops = [self.root]

    def new_loop(self, header: Block, reducible: bool) -> Loop:
        """One more loop."""
        loop = Loop(header, reducible)
        self.loops.append(loop)
        return loop

    def calculate_nesting(self) -> None:
        """Depth and height of every loop in the tree."""
        for loop in self.loops:
            if not loop.is_root and loop.parent is None:
                loop.set_parent(self.root)
        self.nest(self.root, 0)

    def nest(self, loop: Loop, depth: int) -> None:
        """Of one loop and all within."""
        loop.depth = depth
        for child in loop.children:
            self.nest(child, depth + 1)
            loop.nesting = max(loop.nesting, 1 + child.nesting)


class UnionFindNode:
    """A block in the order of the search, and what it was joined with."""

    def __init__(self, block: Block, number: int) -> None:
        self.parent: UnionFindNode = self
        self.block = block
        self.number = number
        self.loop: Loop | None = None

    def find(self) -> UnionFindNode:
        """The representative, with shorter ways to it for the next time."""
        way = []
        node = self
        while node is not node.parent:
            if node.parent is not node.parent.parent:
                way.append(node)
            node = node.parent
        for passed in way:
            passed.parent = node
        return node


NON_HEADER, REDUCIBLE, SELF, IRREDUCIBLE, DEAD = range(5)
UNVISITED = -1


class LoopFinder:
    """One run of the algorithm."""

    def __init__(self, graph: Graph, result: LoopGraph) -> None:
        size = len(graph.blocks)
        self.graph = graph
        self.result = result
        self.number: dict[Block, int] = {}
        self.nodes: list[UnionFindNode] = []
        self.last = [0] * size
        self.header = [0] * size
        self.kind = [NON_HEADER] * size
        self.back: list[list[int]] = [[] for _ in range(size)]
        self.other: list[set[int]] = [set() for _ in range(size)]

    def is_ancestor(self, above: int, below: int) -> bool:
        """In the tree of the search."""
        return above <= below <= self.last[above]

    def search(self, block: Block, current: int) -> int:
        """Number the blocks depth first; the last number that was given."""
        self.nodes.append(UnionFindNode(block, current))
        self.number[block] = current
        last = current
        for target in block.outgoing:
            if self.number[target] == UNVISITED:
                last = self.search(target, last + 1)
        self.last[current] = last
        return last

    def run(self) -> None:
        """Find all loops, the innermost first."""
        start = self.graph.start
        if start is None:
            return
        for block in self.graph.blocks.values():
            self.number[block] = UNVISITED
        self.search(start, 0)
        self.classify_edges()
        for current in range(len(self.nodes) - 1, -1, -1):
            self.collect(current)

    def classify_edges(self) -> None:
        """Back edges and others, by target."""
        for current, node in enumerate(self.nodes):
            for source in node.block.incoming:
                number = self.number[source]
                if number == UNVISITED:
                    continue
                if self.is_ancestor(current, number):
                    self.back[current].append(number)
                else:
                    self.other[current].add(number)

    def collect(self, current: int) -> None:
        """The loop with this header, if it is one."""
        pool: list[UnionFindNode] = []
        for number in self.back[current]:
            if number != current:
                pool.append(self.nodes[number].find())
            else:
                self.kind[current] = SELF
        work = pool[:]
        if pool:
            self.kind[current] = REDUCIBLE
        while work:
            node = work.pop(0)
            if len(self.other[node.number]) > MOST_BACK_PREDECESSORS:
                return
            self.step(current, node, pool, work)
        if pool or self.kind[current] == SELF:
            block = self.nodes[current].block
            loop = self.result.new_loop(block, self.kind[current] != IRREDUCIBLE)
            self.join(current, pool, loop)

    def step(
        self,
        current: int,
        node: UnionFindNode,
        pool: list[UnionFindNode],
        work: list[UnionFindNode],
    ) -> None:
        """Follow the edges into a block of the loop backwards."""
        for number in self.other[node.number]:
            representative = self.nodes[number].find()
            if not self.is_ancestor(current, representative.number):
                self.kind[current] = IRREDUCIBLE
                self.other[current].add(representative.number)
            elif representative.number != current and representative not in pool:
                work.append(representative)
                pool.append(representative)

    def join(self, current: int, pool: list[UnionFindNode], loop: Loop) -> None:
        """All blocks of the pool belong to the loop now."""
        header = self.nodes[current]
        header.loop = loop
        for node in pool:
            self.header[node.number] = current
            node.parent = header
            if node.loop is not None:
                node.loop.set_parent(loop)
            else:
                loop.blocks.add(node.block)


def diamond(graph: Graph, start: int) -> int:
    """Two ways that meet again."""
    graph.edge(start, start + 1)
    graph.edge(start, start + 2)
    graph.edge(start + 1, start + 3)
    graph.edge(start + 2, start + 3)
    return start + 3


def straight(graph: Graph, start: int, count: int) -> int:
    """Blocks one after the other."""
    for index in range(count):
        graph.edge(start + index, start + index + 1)
    return start + count


def base_loop(graph: Graph, start: int) -> int:
    """A loop with two loops in it."""
    header = straight(graph, start, 1)
    first = diamond(graph, header)
    second = straight(graph, first, 1)
    third = diamond(graph, second)
    fourth = straight(graph, third, 1)
    graph.edge(fourth, second)
    footer = straight(graph, fourth, 1)
    graph.edge(footer, header)
    return straight(graph, footer, 1)


def make_graph(size: int) -> Graph:
    """Loops within loops within loops."""
    graph = Graph()
    graph.edge(0, 2)
    block = 2
    for _ in range(size):
        outer = block
        graph.edge(2, block + 1)
        block += 1
        for _ in range(size * 2):
            top = block
            block = straight(graph, block, 1)
            for _ in range(3):
                block = base_loop(graph, block)
            bottom = straight(graph, block, 1)
            graph.edge(block, top)
            block = bottom
        graph.edge(block, outer + 1)
        block = straight(graph, block, 1)
    return graph


def main(argv: list[str]) -> None:
    """Print how many loops there are, and how deep."""
    rounds = int(argv[0]) if argv else 12
    sys.setrecursionlimit(20000)
    graph = make_graph(5 if rounds > 1 else 2)
    loops = LoopGraph()
    for _ in range(rounds):
        loops = LoopGraph()
        LoopFinder(graph, loops).run()
        loops.calculate_nesting()
    blocks = sum(len(loop.blocks) for loop in loops.loops)
    print(len(graph.blocks), len(loops.loops), loops.root.nesting, blocks)


if __name__ == "__main__":
    main(sys.argv[1:])
