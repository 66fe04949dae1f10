# stdin: "p value\nnext\np value\nwhere\ncontinue\n"
value = 1
breakpoint()
value = 2
value = 3
print("end", value)
