# What you print, somebody reads: in a terminal, in a log. There, bytes can do things: set the
# window's title, move the cursor, hide text, paint a fake prompt. And some characters make text
# read backwards, so that code looks harmless.
print("\x1b]0;I was here\x07", end="")  # the window's title
print("\x1b[2J\x1b[H", end="")  # an empty screen
print("\x1b[8mhidden\x1b[0m")
print("user\u202enimda\u202c")  # right-to-left override: looks like something else
print("ATTEMPT send codes to your terminal: blocked (if you see no code here, they were taken out)")
