import cProfile
import io
import profile
import pstats
import re


def work(n):
    return sorted(str(i) for i in range(n))


def helper():
    return [work(10) for _ in range(3)]


for profiler in (cProfile.Profile(), profile.Profile()):
    profiler.runcall(helper)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("name").print_stats("script.py")
    print(re.sub(r"\d+\.\d+", "T", text.getvalue()))
