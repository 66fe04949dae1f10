class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None

    def insert(self, key):
        side = "left" if key < self.key else "right"
        if child := getattr(self, side):
            child.insert(key)
        else:
            setattr(self, side, Node(key))

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.key
        if self.right:
            yield from self.right


root = Node(50)
for key in (30, 70, 20, 40, 60, 80, 30):
    root.insert(key)
print(list(root))
assert list(root) == sorted(root)
