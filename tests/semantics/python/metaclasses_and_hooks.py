class Registry(type):
    known = {}

    @classmethod
    def __prepare__(cls, name, bases, **options):
        print("prepare", name, options)
        return {}

    def __new__(cls, name, bases, namespace, **options):
        made = super().__new__(cls, name, bases, namespace)
        cls.known[name] = options
        return made

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)

    def __instancecheck__(cls, instance):
        return instance == 42


class Base(metaclass=Registry, tag="base"):
    def __init_subclass__(cls, **options):
        print("subclass", cls.__name__, options)

    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"


class Child(Base):
    pass


Child()
print(Registry.known, isinstance(42, Base), Base[int], type(Child), Child.__mro__)


class Left(Base): ...


class Impossible(object, Left): ...
