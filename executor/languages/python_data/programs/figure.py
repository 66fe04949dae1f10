import matplotlib.pyplot as plt

plt.plot([1, 2, 4])
plt.show()
print("shown")
