# Nothing happens here.

# stdin: "ignored\n"
