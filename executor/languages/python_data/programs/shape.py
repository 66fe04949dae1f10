import numpy as np

a = np.ones((2, 3))


def product():
    return a @ a


product()
