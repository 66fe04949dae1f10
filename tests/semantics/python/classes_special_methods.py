class Vector:
    __slots__ = ("values",)

    def __init__(self, *values):
        self.values = values

    def __repr__(self):
        return f"Vector{self.values}"

    def __eq__(self, other):
        return self.values == other.values if isinstance(other, Vector) else NotImplemented

    def __add__(self, other):
        return Vector(*map(sum, zip(self.values, other.values)))

    def __rmul__(self, factor):
        return Vector(*(factor * value for value in self.values))

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.values, other.values))

    def __getitem__(self, index):
        return self.values[index]

    def __bool__(self):
        return any(self.values)

    def __format__(self, spec):
        return "(" + ", ".join(format(value, spec) for value in self.values) + ")"

    def __contains__(self, value):
        return value in self.values

    def __call__(self, *args):
        return args


v = Vector(1, 2)
print(v + v, 3 * v, v @ v, v[-1], v[:1], bool(Vector()), f"{v:.2f}", 2 in v, v(1), [*v], v == 1)
try:
    hash(v)
except TypeError as error:
    print(error)
try:
    v.other = 1
except AttributeError as error:
    print(error)
v - v
