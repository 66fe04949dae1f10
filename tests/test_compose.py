"""compose.yaml: it is valid, it has the settings, and only the worker has an engine."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from config import __version__
from config.serving.parsing import UPLOADS
from executor import Limits
from tests.support.documents import ROOT, text, variables
from tests.support.present import present

OURS = ("web", "worker", "migrate")
ENVIRONMENT = {"SITE_ADDRESS": "code.example.org", "TLS": "internal", "DOCKER_GID": "999"}
DOCKERS_OWN = {"DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}


@cache
def composition() -> Any:
    return yaml.safe_load(text("compose.yaml"))


def services() -> Any:
    return composition()["services"]


def composer() -> list[str] | None:
    """The command that reads such files, whichever generation of it is there."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            version = subprocess.run([*command, "version"], capture_output=True)
            if version.returncode == 0:
                return command
    return None


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What scripts/secrets makes."""
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts/secrets", tmp_path / "scripts")
    subprocess.run([script], check=True)
    return tmp_path / "secrets"


@pytest.mark.skipif(composer() is None, reason="Docker's compose is not installed")
def test_compose_reads_the_file_without_an_error(secrets: Path) -> None:
    shutil.copy(ROOT / "compose.yaml", secrets.parent)
    subprocess.run(
        [*present(composer()), "config", "--quiet"],
        cwd=secrets.parent,
        env={**os.environ, **ENVIRONMENT},
        check=True,
    )


@pytest.mark.parametrize("name", OURS)
def test_variable_is_known_to_the_settings(name: str) -> None:
    for variable in services()[name]["environment"]:
        assert variable.removesuffix("_FILE") in {*variables(), *DOCKERS_OWN}, variable


@pytest.mark.parametrize(("name", "numbers"), [("proxy", 3), ("postgres", 2), ("rabbitmq", 3)])
def test_image_of_others_has_an_exact_version(name: str, numbers: int) -> None:
    _, _, version = services()[name]["image"].partition(":")
    assert [part.isdecimal() for part in version.split(".")] == [True] * numbers


@pytest.mark.parametrize("name", OURS)
def test_own_image_has_the_version_of_the_code(name: str) -> None:
    assert services()[name]["image"] == f"safe-code-executor-web:${{VERSION:-{__version__}}}"


def test_only_the_worker_has_an_engine() -> None:
    def has_engine(service: Any) -> bool:
        return "docker.sock" in str(service) or "DOCKER_HOST" in str(service)

    assert [name for name, service in services().items() if has_engine(service)] == ["worker"]


@pytest.mark.parametrize("name", OURS)
def test_own_process_has_no_privilege(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service
    assert "privileged" not in service
    assert service["build"]["target"] == "web"


def test_image_runs_as_an_ordinary_user() -> None:
    web = text("Dockerfile").partition(" AS web\n")[2]
    assert re.findall(r"^USER (\w+)$", web, re.MULTILINE) == ["site"]


ADDRESSES = (
    "/",
    "/lab/glossary/",
    "/lab/matrix/",
    "/lab/layers/masked-paths/",
    "/docs/security/",
    "/api/docs/",
    "/accounts/login/",
    "/static/submissions/site.css",
    "/static/docs/architecture.svg",
)
READ = f"""
import django
django.setup()
from django.core.management import call_command
from django.test import Client
import config.worker
from executor import LANGUAGES
from executor.explanation.hints import load
call_command("check")
print(load().keys() >= set(map(lambda one: one.family, LANGUAGES.values())))
print([Client(SERVER_NAME='127.0.0.1').get(address).status_code for address in {ADDRESSES}])
"""


def test_image_has_all_that_the_site_reads(tmp_path: Path) -> None:
    """The image is not built here, since its base is in a registry. The site runs on what it copies."""
    web = text("Dockerfile").partition(" AS web\n")[2]
    copied = [line.split()[1] for line in web.splitlines() if line.startswith("COPY ")]
    allowed = [line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")]
    assert sorted(copied) == sorted(allowed)
    site = tmp_path / "site"
    site.mkdir()
    for name in copied:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, site)
    seen = subprocess.run(
        [sys.executable, "-c", READ],
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path / "var"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert seen.stdout.splitlines()[-2:] == ["True", str([200] * len(ADDRESSES))], seen.stderr


@pytest.mark.parametrize("name", ["postgres", "rabbitmq", "worker", "migrate"])
def test_inside_is_out_of_reach(name: str) -> None:
    assert composition()["networks"]["back"]["internal"] is True
    assert services()[name]["networks"] == ["back"]
    assert "ports" not in services()[name]


def test_worker_cannot_sign_sessions() -> None:
    assert "django_secret_key" not in services()["worker"]["secrets"]


def test_only_the_proxy_is_reachable() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]


@pytest.mark.parametrize("name", ["proxy", "web", "worker", "postgres", "rabbitmq"])
def test_long_lived_services_restart_and_are_bounded(name: str) -> None:
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert name == "proxy" or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ["web", "worker"])
def test_stop_waits_for_running_programs(name: str) -> None:
    seconds = int(services()[name]["stop_grace_period"].removesuffix("s"))
    # Read, not imported: that would start the server's pool.
    answer = present(re.search(r"^ANSWER_SECONDS = (\d+)", text("config/server.py"), re.MULTILINE))
    assert seconds > Limits().wall_seconds + int(answer[1])


def test_services_start_after_the_migrations() -> None:
    for name in ("web", "worker"):
        needs = services()[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"


def test_secrets_are_made_and_kept(secrets: Path) -> None:
    wanted = {Path(secret["file"]).name for secret in composition()["secrets"].values()}
    made = {path.name: path.read_text() for path in secrets.iterdir()}
    assert made.keys() - {"rabbitmq_password"} == wanted
    assert secrets.stat().st_mode & 0o777 == 0o700
    subprocess.run([secrets.parent / "scripts/secrets"], check=True)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == made


@pytest.mark.parametrize("name", OURS)
def test_site_starts_with_these_secrets(secrets: Path, tmp_path: Path, name: str) -> None:
    for secret in services()[name]["secrets"]:
        assert (secrets / secret).exists()
    environment = {
        variable: str(value).replace("/run/secrets", str(secrets))
        for variable, value in services()[name]["environment"].items()
    }
    used = {Path(v).name for k, v in environment.items() if k.endswith("_FILE")}
    assert used == set(services()[name]["secrets"])
    environment["DJANGO_ALLOWED_HOSTS"] = "code.example.org"
    seen = subprocess.run(
        [sys.executable, "-c", "import config.settings as s; print(s.DATABASES, s.BROKER_URL)"],
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path),
            "DJANGO_HTTPS": "yes",
            **environment,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'HOST': 'postgres'" in seen.stdout
    assert "@rabbitmq:5672/" in seen.stdout


@pytest.mark.parametrize(
    ("name", "most"), [("read_header", 30), ("read_body", 60), ("idle", 300)], ids=str
)
def test_proxy_does_not_wait_for_slow_clients(name: str, most: int) -> None:
    """A request waits at the proxy until its headers are complete; the server cannot end it there."""
    timeouts = present(re.search(r"timeouts \{(.*?)\}", text("deploy/Caddyfile"), re.DOTALL))[1]
    number, unit = present(re.search(rf"^\s*{name} (\d+)([sm])$", timeouts, re.MULTILINE)).groups()
    assert 0 < int(number) * {"s": 1, "m": 60}[unit] <= most


def number(pattern: str, path: str) -> int:
    return int(present(re.search(pattern, text(path), re.MULTILINE))[1])


def test_proxy_bounds_headers_and_bodies() -> None:
    caddy = text("deploy/Caddyfile")
    sizes = re.findall(r"handle (@uploads )?\{\s*request_body \{[^}]*max_size (\d+)KiB", caddy)
    largest = [(matcher.strip(), int(size) * 1024) for matcher, size in sizes]
    assert largest == [("@uploads", settings.UPLOAD_BODY_BYTES), ("", settings.BODY_BYTES)]
    assert re.search(r"max_header_size \d+KB", caddy)
    assert re.search(r"request_buffers \d+KB", caddy)


def is_matched(pattern: str, path: str) -> bool:
    """Match as Caddy does: a * that ends a pattern, and is the only one in it, stands for all that comes;
    any other one for a part of the path."""
    if pattern.endswith("*") and pattern.count("*") == 1:
        return path.startswith(pattern[:-1])
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), path) is not None


def test_proxy_hides_metrics() -> None:
    """Caddy takes `handle` before `respond`: a `respond` beside it would never be reached."""
    site = text("deploy/Caddyfile").split("{$SITE_ADDRESS} {")[1]
    assert re.search(r"^\thandle /metrics \{\s*respond 404\s*\}$", site, re.MULTILINE)
    assert not re.search(r"^\t(?!handle|tls|@|#|\t|\})\S", site, re.MULTILINE)


def test_proxy_knows_the_addresses_of_uploads() -> None:
    patterns = present(re.search("@uploads path (.+)", text("deploy/Caddyfile")))[1].split()
    of_librechat = (reverse(f"librechat-{name}") for name in ("upload", "uploads"))
    with_slash = [reverse("file-list"), *of_librechat]
    with_slash += [one.replace("librechat", "librechat/sce_1") for one in with_slash[1:]]
    for path in (*with_slash, *(one.rstrip("/") for one in with_slash)):
        assert UPLOADS.fullmatch(path)
        assert any(is_matched(pattern, path) for pattern in patterns), path
    for path in ("/run", "/api/files/f_1/", "/librechat/exec", "/librechat/sce_1/exec/"):
        assert not any(is_matched(pattern, path) for pattern in patterns), path


BACKGROUND = 10
"""Threads of a web process that answer no request; at worst each has its own connection."""


def test_threads_of_web_fit_into_its_process_limit() -> None:
    web = services()["web"]
    assert int(web["environment"]["WEB_THREADS"]) + 2 * BACKGROUND < web["pids_limit"] / 2


def test_two_webs_and_a_large_worker_have_a_connection_for_each_thread() -> None:
    command = " ".join(services()["postgres"]["command"])
    most = int(present(re.search(r"max_connections=(\d+)", command))[1])
    threads = int(services()["web"]["environment"]["WEB_THREADS"]) + BACKGROUND
    assert 2 * threads + 32 + BACKGROUND < most - 50  # 50 for others: migrations, psql, a dump


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed")
def test_proxys_configuration_is_valid() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def test_site_behind_the_proxy_is_one_with_https() -> None:
    assert {services()[name]["environment"]["DJANGO_HTTPS"] for name in OURS} == {"yes"}


def test_no_log_grows_without_an_end() -> None:
    """Strangers' requests are lines of logs, which are on the database's disk."""
    for name, service in services().items():
        options = service["logging"]["options"]
        assert {"max-size", "max-file"} <= options.keys(), name
