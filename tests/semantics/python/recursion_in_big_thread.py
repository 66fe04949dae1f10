import sys
import threading

sys.setrecursionlimit(10**6)
threading.stack_size(64 * 1024 * 1024)
result = []


def visit(node):
    return 1 if node == 0 else 1 + visit(node - 1)


thread = threading.Thread(target=lambda: result.append(visit(20_000)))
thread.start()
thread.join()
print(result, threading.stack_size())
