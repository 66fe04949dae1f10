import multiprocessing
import os

print(os.cpu_count(), os.process_cpu_count(), multiprocessing.cpu_count())
