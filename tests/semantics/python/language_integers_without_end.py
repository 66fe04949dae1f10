import sys

big = 7**5000
print(len(str(big)), big % 1000007, (big >> 9000).bit_length(), int(str(big)[:30]))
sys.set_int_max_str_digits(700)
print(str(10**900))
