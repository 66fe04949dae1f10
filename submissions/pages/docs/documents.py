"""The documents inside the site: the texts of docs/, under /docs/."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from .markdown import FOLDER, rendered


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the list."""

    name: str
    """Its path in docs/, without `.md`."""
    title: str
    about: str
    """One sentence."""

    @property
    def address(self) -> str:
        """The part of the address below /docs/."""
        return self.name.removesuffix("/README")


@dataclass(frozen=True, slots=True)
class Section:
    """Documents for the same readers."""

    title: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        "Use it",
        (
            Entry("start", "Start here", "Install it, run a first program, find your way."),
            Entry("students", "For students", "How a sandbox works, and how to attack one."),
            Entry("teachers", "For teachers", "A lesson, accounts for a class, what students did."),
            Entry("lab", "The lab in a class", "Let students weaken a layer, and what they learn."),
            Entry("agents", "For agent developers", "Give your agent a tool that runs code."),
            Entry("mcp", "MCP", "Give agents and editors the tool by one address."),
            Entry("clients", "Clients", "A Python package, a command line, a JavaScript module."),
            Entry("api", "The API", "Every request, answer, limit and error."),
            Entry("errors", "Errors", "What each error usually means, and what to do."),
            Entry("languages", "Languages", "The languages, their files and their memory."),
            Entry("glossary", "Glossary", "The words of this site and of sandboxes."),
        ),
    ),
    Section(
        "Keep your client",
        (
            Entry("dialects", "Dialects", "Use this site with a client of another service."),
            Entry("dialects/piston", "Piston", "For chat bots and editors that run code."),
            Entry("dialects/judge0", "Judge0", "For judges that compare output."),
            Entry("dialects/jobe", "Jobe", "For CodeRunner, Moodle's question type."),
            Entry("dialects/librechat", "LibreChat", "For its code interpreter and its agents."),
            Entry("dialects/e2b", "E2B", "For agents that use its run_code."),
        ),
    ),
    Section(
        "Run it",
        (
            Entry("operations", "For operators", "Install it for others and keep it running."),
            Entry("configuration", "Configuration", "Every setting with its default."),
            Entry("troubleshooting", "Troubleshooting", "When the set-up, a login or a run fails."),
            Entry("scaling", "Scaling", "How many people one machine serves."),
            Entry("faults", "Faults", "What happens when a process or machine dies."),
            Entry("performance", "Performance", "What a run costs, measured."),
        ),
    ),
    Section(
        "Trust it",
        (
            Entry("security", "Security", "What is protected from whom, and how."),
            Entry(
                "experiments/README", "Attacks", "What each attack does, with each layer weakened."
            ),
            Entry(
                "penetration-test", "Penetration test", "What attackers found, and what changed."
            ),
            Entry("architecture", "Architecture", "The parts and how a run passes them."),
        ),
    ),
)


def documents(request: HttpRequest) -> HttpResponse:
    """List the documents."""
    return render(request, "docs/index.html", {"sections": SECTIONS})


def document(request: HttpRequest, name: str) -> HttpResponse:
    """Show one document, also one that only other documents link."""
    found = _names().get(name)
    if found is None:
        raise Http404
    context = {"document": rendered(found), "sections": SECTIONS, "name": found}
    return render(request, "docs/document.html", context)


def _names() -> dict[str, str]:
    """Map the name in the address to the file in docs/, both without `.md`."""
    files = (str(path.relative_to(FOLDER))[:-3] for path in FOLDER.rglob("*.md"))
    return {name.removesuffix("/README"): name for name in files}
