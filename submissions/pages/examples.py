"""Example programs of the playground: what a sandbox offers, and what it stops."""

from dataclasses import dataclass

from executor import LANGUAGES, offered


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A program and its input."""

    slug: str
    title: str
    language: str
    code: str
    stdin: str = ""
    outputs: bool = False
    """Whether the run gives back its files."""

    @property
    def label(self) -> str:
        """The language's name for people."""
        return LANGUAGES[self.language].label


EXAMPLES: dict[str, Example] = {
    example.slug: example
    for example in (
        Example(
            slug="hello",
            title="Hello World",
            language="python",
            code='print("Hello World")\n',
        ),
        Example(
            slug="input",
            title="Reading input",
            language="python",
            code="""\
import sys

numbers = [int(line) for line in sys.stdin]
print(f"{len(numbers)} numbers, sum {sum(numbers)}, largest {max(numbers)}")
""",
            stdin="3\n1\n4\n1\n5\n",
        ),
        Example(
            slug="live",
            title="Live output",
            language="python",
            code="""\
import time

for number in range(5, 0, -1):
    print(number)
    time.sleep(1)
print("Lift-off")
""",
        ),
        Example(
            slug="progress",
            title="Colours and a progress bar",
            language="python",
            code="""\
import time

for percent in range(0, 101, 5):
    bar = "█" * (percent // 5)
    print(f"\\r{bar:20} {percent}%", end="", flush=True)
    time.sleep(0.1)
print("\\n\\033[1;32mdone\\033[0m")
""",
        ),
        Example(
            slug="error",
            title="An error",
            language="python",
            code="""\
def average(numbers):
    return sum(numbers) / len(numbers)


print(average([1, 2, 3]))
print(average([]))
""",
        ),
        Example(
            slug="loop",
            title="Infinite loop",
            language="python",
            code="while True:\n    pass\n",
        ),
        Example(
            slug="memory",
            title="Too much memory",
            language="python",
            code="x = 'a' * 1_000_000_000\nprint(len(x))\n",
        ),
        Example(
            slug="network",
            title="No network",
            language="python",
            code="""\
import urllib.request

print(urllib.request.urlopen("http://example.com").read())
""",
        ),
        Example(
            slug="plot",
            title="A plot",
            language="python-data",
            code="""\
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 4 * np.pi, 400)
plt.plot(x, np.sin(x) * np.exp(-x / 6))
plt.title("A wave that fades")
plt.show()
""",
            outputs=True,
        ),
        Example(
            slug="table",
            title="A table of data",
            language="python-data",
            code="""\
import pandas as pd

cities = pd.DataFrame(
    {
        "city": ["Oslo", "Rome", "Lima", "Bern", "Cairo"],
        "continent": ["Europe", "Europe", "America", "Europe", "Africa"],
        "people": [717_710, 2_754_719, 10_151_000, 134_506, 10_203_693],
    }
)
print(cities.sort_values("people", ascending=False).to_string(index=False))
print(cities.groupby("continent")["people"].agg(["count", "sum"]))
""",
        ),
        Example(
            slug="javascript",
            title="Prime numbers",
            language="javascript",
            code="""\
const primes = [];
for (let n = 2; primes.length < 10; n++) {
  if (primes.every((p) => n % p)) primes.push(n);
}
console.log(primes.join(" "));
""",
        ),
        Example(
            slug="promise",
            title="Waiting with await",
            language="javascript",
            code="""\
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  for (const word of ["ready", "steady", "go"]) {
    console.log(word);
    await pause(1000);
  }
}

main();
""",
        ),
        Example(
            slug="typescript",
            title="Types",
            language="typescript",
            code="""\
interface Planet {
  name: string;
  moons: number;
}

const planets: Planet[] = [
  { name: "Earth", moons: 1 },
  { name: "Mars", moons: 2 },
  { name: "Venus", moons: 0 },
];

const most = planets.reduce((a: Planet, b: Planet) => (b.moons > a.moons ? b : a));
console.log(`${most.name} has the most moons: ${most.moons}`);
""",
        ),
    )
}


def examples() -> dict[str, Example]:
    """Return the examples in languages that the site offers."""
    languages = offered()
    return {slug: one for slug, one in EXAMPLES.items() if one.language in languages}
