numbers = []
print(sum(numbers) / len(numbers))
