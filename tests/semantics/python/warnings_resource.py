import gc

file = open("/tmp/left", "w")
file.write("unflushed")
del file
gc.collect()
print(open("/tmp/left").read())
assert (1, "always true")
print("end" if 5 is not 6 else "")
