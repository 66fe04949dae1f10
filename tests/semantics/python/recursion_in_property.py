class Loop:
    @property
    def value(self):
        return self.value


try:
    Loop().value
except RecursionError as error:
    print(error)


class Attributes:
    def __getattr__(self, name):
        return getattr(self, name + "_")


try:
    Attributes().missing
except RecursionError as error:
    print(str(error)[:40])
