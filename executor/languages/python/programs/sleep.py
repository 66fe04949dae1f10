import time

print("begun")
time.sleep(60)
