import ast
import dis
import traceback

namespace = {}
exec("def f(x):\n    return x ** 2\ny = f(4)", namespace)
print(namespace["y"], eval("y + 1", namespace), eval("[x for x in range(3)]"), sorted(namespace)[:2])
code = compile("1 + 'a'", "<made>", "eval")
try:
    eval(code)
except TypeError:
    traceback.print_exc()
for source in ("def", "x = = 1", "print 'x'", "'unfinished", "if True:\nx", "f(**{}, *[])", "return 1", "\tx\n        y", "a = 08"):
    try:
        compile(source, "<text>", "exec")
    except SyntaxError as error:
        print(type(error).__name__, error.msg, error.lineno, error.offset, error.text)
print(ast.dump(ast.parse("a @= -b", mode="exec"), indent=1), ast.literal_eval("{'a': (1, None)}"))
dis.dis("x if y else z")
exec("raise ValueError('from exec')")
