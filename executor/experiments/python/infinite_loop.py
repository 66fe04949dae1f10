# A loop that does not mean to end. Nothing in the language stops it, and nobody has to be
# malicious to write one: this is the most common "attack" of all.
import time

end = time.monotonic() + 3  # twice what it is allowed
while time.monotonic() < end:
    pass

print("ATTEMPT run for 3 seconds: succeeded (nobody ended it)")
