import copy
import gc
import sys
import types
import weakref


class Node:
    pass


node = Node()
reference, table = weakref.ref(node, lambda _: print("gone")), weakref.WeakValueDictionary(n=node)
print(reference() is node, list(table), sys.getrefcount(node) < 5)
del node
print(reference(), list(table))
nested = [[1], {"a": [2]}]
shallow, deep = copy.copy(nested), copy.deepcopy(nested)
nested[0].append(9)
print(shallow, deep, types.SimpleNamespace(a=1), types.MappingProxyType({"b": 2})["b"])
gc.disable()
print(gc.isenabled(), gc.collect() >= 0, gc.garbage)
weakref.ref(1)
