import decimal
import math
import statistics
from decimal import Decimal
from fractions import Fraction

decimal.getcontext().prec = 30
print(Decimal(1) / 7, Decimal("0.1") + Decimal("0.2"), 0.1 + 0.2, Decimal(2).sqrt(), round(Decimal("2.675"), 2))
print(Fraction(3, -6), Fraction("0.125"), Fraction(0.1).limit_denominator(100), Fraction(1, 3) + 1, math.fsum([0.1] * 10))
print(statistics.mean([1, 2, 4]), statistics.stdev([1, 2, 4]), statistics.quantiles(range(10)), math.isqrt(10**40), math.comb(50, 25))
print(round(2.5), round(-3.5), round(1234.567, -2), -0.0, float("nan") == float("nan"), 1e308 * 10, 5 // -0.3, 2**-1074)
print(cmath_root := (-1) ** 0.5, abs(3 + 4j), complex("1+2j"), hex(255), float.hex(0.1), (0.5).as_integer_ratio(), cmath_root == 1j)
with decimal.localcontext(traps=[decimal.Inexact]):
    Decimal(1) / 3
