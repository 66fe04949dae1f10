import sys

print("a", 1, None, [2.5], sep="|", end="!\n", flush=True)
print()
print(*range(5), sep="")
print("to stderr", file=sys.stderr)
sys.stdout.write("no newline, ")
sys.stdout.buffer.write(b"") and None
sys.stdout.flush()
sys.stdout.buffer.write("bytes: é\n".encode())
sys.stdout.buffer.flush()
print("tab\tcarriage\rreturn\x0bvertical\fform\bback\0nul")
print(repr("\x1b[31m"), ascii("é"), "\N{SNOWMAN}", "e\u0301", "\U0001f468\u200d\U0001f469")
print(sys.stdout.line_buffering or True, sys.stderr.line_buffering, sys.stdout.write("x\n"))
sys.stdout.writelines(["one\n", "two\n"])
print("last without newline", end="")
