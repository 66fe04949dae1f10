import bisect
import graphlib
import heapq
import sched
import time

heap = [5, 1, 4]
heapq.heapify(heap)
heapq.heappush(heap, 0)
print([heapq.heappop(heap) for _ in range(4)], heapq.nlargest(2, [3, 9, 4]), list(heapq.merge([1, 4], [2, 3])))
print(bisect.bisect_left([1, 3, 3, 5], 3), bisect.bisect([1, 3, 3, 5], 3), bisect.bisect_left("adg", "e"))
print(list(graphlib.TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"b"}}).static_order()))
scheduler = sched.scheduler(time.monotonic)
for delay, name in ((0.02, "second"), (0, "first")):
    scheduler.enter(delay, 1, print, (name,))
scheduler.run()
list(graphlib.TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())
