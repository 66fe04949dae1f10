import pandas as pd

frame = pd.DataFrame({"city": ["Oslo"]})
print(frame["people"])
