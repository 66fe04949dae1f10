# stdin: "greet Ann\nadd 2 3\nunknown\n\nquit\n"
import cmd


class Shell(cmd.Cmd):
    intro, prompt = "Welcome.", "(demo) "
    use_rawinput = False

    def do_greet(self, name):
        """Greet somebody."""
        print("Hello", name, file=self.stdout)

    def do_add(self, rest):
        print(sum(map(int, rest.split())), file=self.stdout)

    def do_quit(self, _):
        return True


Shell().cmdloop()
