# stdin: "x = 6\nprint(x * 7)\n1 / 0\nfor i in range(2):\n    print(i)\n\n"
import code

code.interact(banner="console", exitmsg="left", local={})
