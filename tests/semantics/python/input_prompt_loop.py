# stdin: "Ann\n5\nno\n7\n"
name = input("Name? ")
while True:
    try:
        number = int(input("Number? "))
    except EOFError:
        print("\nbye", name)
        break
    except ValueError as error:
        print("again:", error)
    else:
        print(number * 2)
