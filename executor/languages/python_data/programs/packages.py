import sys

import numpy as np
import pandas as pd
import sympy
import yaml
from sklearn.linear_model import LinearRegression

frame = pd.DataFrame({"x": [1, 2, 3], "y": [2, 4, 6]})
slope = LinearRegression().fit(frame[["x"]], frame["y"]).coef_[0]
print(f"{slope:.1f}", np.linalg.det(np.eye(3)), sympy.factor("x**2 - 1"), yaml.safe_load("[a, 1]"), sys.argv)
