import gc
import resource
import time

usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_maxrss > 1000, usage.ru_utime >= 0, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(time.perf_counter() < time.perf_counter() + 1, time.process_time() > 0, time.thread_time_ns() > 0, gc.get_threshold(), gc.isenabled())
print(resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_STACK)[0])
