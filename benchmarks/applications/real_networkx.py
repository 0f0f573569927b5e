# benchmark: application
# about: networkx: paths, flows, trees, cliques
# features: dicts of dicts, heaps, sets
# iterations: 8
# checksum: b85e36f084087c36
# quick checksum: b85e36f084087c36
"""networkx 3.6.1 on random graphs: betweenness, maximum flow, spanning tree, cliques, cores, A*."""

from __future__ import annotations

import random
from collections.abc import Callable

import networkx


def graphs() -> tuple[networkx.Graph, networkx.DiGraph]:
    """A graph with weights and a directed one with capacities."""
    numbers = random.Random(11)
    plain = networkx.Graph()
    plain.add_nodes_from(range(600))
    for i in range(600):
        for _ in range(4):
            j = numbers.randrange(600)
            if i != j:
                plain.add_edge(i, j, weight=numbers.randrange(1, 20))
    directed = networkx.DiGraph()
    for i in range(300):
        for _ in range(5):
            j = numbers.randrange(300)
            if i != j:
                directed.add_edge(i, j, capacity=numbers.randrange(1, 30))
    return plain, directed


def prepare() -> Callable[[], str]:
    """A function that gives the results of all algorithms in one line."""
    plain, directed = graphs()

    def run() -> str:
        between = networkx.betweenness_centrality(plain, k=170, seed=1, weight="weight")
        flow, _ = networkx.maximum_flow(directed, 0, 299)
        tree = networkx.minimum_spanning_tree(plain)
        weight = sum(data["weight"] for *_, data in tree.edges(data=True))
        cliques = (sorted(clique) for clique in networkx.find_cliques(plain))
        clique = max(cliques, key=lambda one: (len(one), one))
        cores = sum(networkx.core_number(plain).values())
        path = networkx.astar_path_length(plain, 0, 599, weight="weight")
        return f"{sum(between.values()):.10f} {flow} {weight} {clique} {cores} {path}"

    return run
