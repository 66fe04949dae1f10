import heapq
import math


def distances(graph, start):
    known = {node: math.inf for node in graph}
    known[start] = 0
    queue = [(0, start)]
    while queue:
        length, node = heapq.heappop(queue)
        if length > known[node]:
            continue
        for neighbour, step in graph[node].items():
            if length + step < known[neighbour]:
                known[neighbour] = length + step
                heapq.heappush(queue, (length + step, neighbour))
    return known


graph = {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}, "e": {"a": 1}}
print(distances(graph, "a"))
