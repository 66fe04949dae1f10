import tracemalloc

print(tracemalloc.is_tracing())
tracemalloc.start(5)
data = [bytearray(1000) for _ in range(100)]
snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, __file__)])
[largest, *_] = snapshot.statistics("lineno")
print(largest.count >= 100, largest.size > 100_000, largest.traceback[0].lineno, largest.traceback.total_nframe)
print(tracemalloc.get_object_traceback(data[0]))
tracemalloc.stop()
