import sys

monitoring = sys.monitoring
print([monitoring.get_tool(number) for number in range(6)])
monitoring.use_tool_id(monitoring.PROFILER_ID, "counter")
calls = []
monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, lambda code, offset: calls.append(code.co_name))
monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


fib(5)
monitoring.set_events(monitoring.PROFILER_ID, 0)
monitoring.free_tool_id(monitoring.PROFILER_ID)
print(len(calls), set(calls))
