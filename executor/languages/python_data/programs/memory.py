import numpy as np

kept = [np.ones(2**20) for _ in range(100)]
print(len(kept))
