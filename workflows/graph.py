"""The shape of a graph: what can be reached, what lies upstream, where it goes in circles.

Knows node numbers and edges between them; knows nothing of kinds. Everything here is linear but `ancestors`,
whose bit sets take the square of the nodes in bits (12 MB for 10,000), and nothing recurses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

Edges = Sequence[tuple[int, int]]


class Graph:
    """`n` nodes and the edges between them."""

    def __init__(self, n: int, edges: Edges) -> None:
        self.n = n
        self.successors: list[list[int]] = [[] for _ in range(n)]
        self.predecessors: list[list[int]] = [[] for _ in range(n)]
        for source, target in edges:
            self.successors[source].append(target)
            self.predecessors[target].append(source)
        self.order = self._topological()

    def _topological(self) -> list[int]:
        """Nodes in an order that respects edges; those on or behind a cycle are left out."""
        waiting = [len(sources) for sources in self.predecessors]
        ready = deque(i for i in range(self.n) if not waiting[i])
        order = []
        while ready:
            node = ready.popleft()
            order.append(node)
            for target in self.successors[node]:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
        return order

    def reachable(self, roots: Iterable[int]) -> set[int]:
        """The roots and everything behind them."""
        found = set(roots)
        pending = list(found)
        while pending:
            for target in self.successors[pending.pop()]:
                if target not in found:
                    found.add(target)
                    pending.append(target)
        return found

    def ancestors(self) -> list[int]:
        """For every node a bit set of the nodes that run before it. On a cycle: every node, to report that once."""
        everything = (1 << self.n) - 1
        sets = [everything] * self.n
        for node in self.order:
            bits = 0
            for source in self.predecessors[node]:
                bits |= sets[source] | (1 << source)
            sets[node] = bits
        return sets

    def cycles(self) -> list[list[int]]:
        """One cycle out of each knot of the graph, each as the nodes along it."""
        left = set(range(self.n)) - set(self.order)
        found = []
        while left:
            path, place = [min(left)], {min(left): 0}
            while True:
                # Every node left has a predecessor that is left, or it would have been ordered: walk backwards.
                previous = next((p for p in self.predecessors[path[-1]] if p in left), None)
                if previous is None:
                    left -= set(path)
                    break
                if previous in place:
                    cycle = path[place[previous] :][::-1]
                    first = cycle.index(min(cycle))
                    found.append(cycle[first:] + cycle[:first])
                    left -= self.reachable(cycle) | set(path)
                    break
                place[previous] = len(path)
                path.append(previous)
        return found
