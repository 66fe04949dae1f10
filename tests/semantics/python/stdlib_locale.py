import locale

print(locale.getlocale(), locale.getpreferredencoding(), locale.getencoding(), locale.localeconv()["decimal_point"])
for name in ("", "C", "C.UTF-8", "en_US.UTF-8", "de_DE.UTF-8", "xx_XX.UTF-8"):
    try:
        print(name, locale.setlocale(locale.LC_ALL, name), locale.format_string("%.2f", 1234567.891, grouping=True))
    except locale.Error as error:
        print(name, error)
print(sorted(["zebra", "Äpfel", "apple", "Zoo"], key=locale.strxfrm))
