import os

import numpy as np

square = np.random.rand(200, 200)
square @ square
print(len(os.listdir("/proc/self/task")))
