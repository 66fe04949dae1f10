import copy
import multiprocessing
import pickle
import pickletools


class Tree:
    def __init__(self, *children):
        self.children = children

    def __getstate__(self):
        return {"children": self.children, "kept": True}

    def __eq__(self, other):
        return self.children == other.children


def module_function():
    return "function"


tree = Tree(Tree(), Tree(Tree()))
data = pickle.dumps(tree)
print(pickle.loads(data) == tree, pickle.loads(data).kept, copy.deepcopy(tree) == tree, b"__main__" in data)
print(pickle.loads(pickle.dumps(module_function))(), pickle.loads(pickle.dumps(Tree)) is Tree)
pickletools.dis(pickle.dumps(module_function, protocol=2))
if __name__ == "__main__":
    print(multiprocessing.get_context("spawn").Pool(1).apply(len, (Tree().children,)))
    try:
        pickle.dumps(lambda: 1)
    except pickle.PicklingError as error:
        print(type(error).__name__)
