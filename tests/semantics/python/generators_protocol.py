def averager():
    total = count = 0
    average = None
    while True:
        try:
            value = yield average
        except ValueError as error:
            print("inside:", error)
            continue
        total, count = total + value, count + 1
        average = total / count


generator = averager()
next(generator)
print(generator.send(10), generator.send(20), generator.throw(ValueError("skip")))
generator.close()


def delegate():
    result = yield from (n for n in "ab")
    print(result, (yield from nested()))


def nested():
    yield "c"
    return "value"


print(list(delegate()))


def stops():
    raise StopIteration("early")
    yield


next(stops())
