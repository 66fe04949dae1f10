class Positive:
    def __set_name__(self, owner, name):
        print("named", owner.__name__, name)
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(f"{self.name[1:]} must be positive")
        setattr(instance, self.name, value)

    def __delete__(self, instance):
        raise AttributeError("stays")


class Account:
    balance = Positive()

    def __init__(self, balance):
        self.balance = balance


account = Account(5)
print(account.balance, vars(account), type(Account.balance).__name__)
try:
    del account.balance
except AttributeError as error:
    print(error)
try:
    account.balanced
except AttributeError as error:
    print(error, error.name, error.obj is account)
account.balance = -1
