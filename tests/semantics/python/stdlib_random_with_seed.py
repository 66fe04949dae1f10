import random

random.seed(2026)
print(random.random(), random.randint(1, 100), random.sample(range(50), 5), random.choices("abc", k=5))
items = list(range(8))
random.shuffle(items)
print(items, round(random.gauss(0, 1), 12), random.getrandbits(70), random.Random("text").randbytes(4))
state = random.getstate()
first = random.random()
random.setstate(state)
print(first == random.random(), random.SystemRandom().random() < 1)
