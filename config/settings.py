"""The only settings file. Each of our own variables has its meaning, unit and default here;
docs/configuration.md has them in one table.

Without any environment this is a site for one machine, on http://127.0.0.1:5000. A site for others
(DJANGO_HTTPS=yes) refuses to start without a secret key and its own host names.
"""

import hashlib
import os
import socket
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from . import env, logs, posture, sqlite
from .packages import apps, cors, description, forms, headers, rest
from .private import private_directory
from .serving import bodies
from .shares import Share, Shares, most_streams

BASE_DIR = Path(__file__).resolve().parent.parent

# --- This deployment ---

# Directory of the database and of the generated secret key; only the service's user may enter it.
VAR_DIR = private_directory(Path(env.text("VAR_DIR", str(BASE_DIR / "var"))))

# Number of own reverse proxies in front, each of which adds to X-Forwarded-For. 0: ignore the header.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0)

_posture = posture.read(TRUSTED_PROXIES)
ALLOWED_HOSTS, HTTPS, DEBUG = _posture.hosts, _posture.https, _posture.debug
IS_EXPOSED = _posture.is_exposed  # plain http over a network: `check --deploy` warns

# Origins that may send forms, with their scheme, comma-separated; needed behind a TLS proxy.
CSRF_TRUSTED_ORIGINS = env.items("DJANGO_CSRF_TRUSTED_ORIGINS", "")

# Origins whose pages may call the API with an API token (CORS), with their scheme, comma-separated.
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS", "")
CORS_URLS_REGEX, CORS_ALLOW_HEADERS = cors.URLS, cors.ALLOWED_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSED_HEADERS

# Signs sessions. DJANGO_SECRET_KEY_FILE names a file that holds it.
SECRET_KEY = posture.secret_key(env.secret("DJANGO_SECRET_KEY"), VAR_DIR, https=HTTPS)

# Seals the audit's records; should differ from SECRET_KEY. AUDIT_KEY_FILE names a file that holds it.
AUDIT_KEY = env.secret("AUDIT_KEY") or SECRET_KEY
# Seconds between two rounds that seal finished submissions.
AUDIT_SEAL_SECONDS = env.number("AUDIT_SEAL_SECONDS", 5.0)
# Days for which the content of a deleted account is kept, for the audit alone.
AUDIT_HOLD_DAYS = env.whole("AUDIT_HOLD_DAYS", 30)
# The same, in days, if a run hit a limit; also for all runs of an account with a breach.
AUDIT_HOLD_INCIDENT_DAYS = env.whole("AUDIT_HOLD_INCIDENT_DAYS", 90)
if AUDIT_HOLD_INCIDENT_DAYS < AUDIT_HOLD_DAYS:
    raise ImproperlyConfigured("AUDIT_HOLD_INCIDENT_DAYS is less than AUDIT_HOLD_DAYS")
# Days after its end until a submission is removed; 0 keeps everything.
RETENTION_DAYS = env.whole("RETENTION_DAYS", 90)
# Days after its end until a submission's files are removed; 0 keeps them as long as the submission.
FILES_RETENTION_DAYS = env.whole("FILES_RETENTION_DAYS", 7)

# The root of each user's webhook secret. WEBHOOK_KEY_FILE names a file that holds it.
WEBHOOK_KEY = env.secret("WEBHOOK_KEY") or SECRET_KEY
# Whether a webhook may have an http:// address too; others on the network can then read its content.
WEBHOOK_ALLOW_HTTP = env.flag("WEBHOOK_ALLOW_HTTP", default=False)
# Networks that are not public but allowed for webhooks, comma-separated.
WEBHOOK_ALLOW_PRIVATE = env.networks("WEBHOOK_ALLOW_PRIVATE", "")
# Whether webhooks may go to this machine, by http too; for development, where nobody else is served.
WEBHOOK_ALLOW_LOOPBACK = env.flag("WEBHOOK_ALLOW_LOOPBACK", default=not (HTTPS or IS_EXPOSED))
# Attempts of a delivery before it fails; 12 take about a day.
WEBHOOK_ATTEMPTS = env.whole("WEBHOOK_ATTEMPTS", 12, least=1)

# --- Running code: read by executor/conf.py; executor/limits.py has the meaning of each limit ---

# Identifies this deployment on a shared engine, so that it never touches others' containers.
EXECUTOR_INSTANCE = env.text(
    "EXECUTOR_INSTANCE",
    hashlib.sha256(f"{socket.gethostname()}:{BASE_DIR}".encode()).hexdigest()[:12],
)
# Images are called <prefix>-<language>.
EXECUTOR_IMAGE_PREFIX = env.text("EXECUTOR_IMAGE_PREFIX", "safe-code-executor")
# The languages that this site offers. All others are known: what was run in one stays readable.
EXECUTOR_LANGUAGES = env.some_of(
    "EXECUTOR_LANGUAGES",
    "python,javascript,typescript",
    known=[
        file.parent.name.replace("_", "-")
        for file in sorted((BASE_DIR / "executor" / "languages").glob("*/__init__.py"))
    ],
)
if "python" not in EXECUTOR_LANGUAGES:
    raise ImproperlyConfigured(
        "EXECUTOR_LANGUAGES must name python: the self-check and requests without a language need it"
    )
# Debian releases of images that differ from their languages' own: <language>=<release>, comma-separated.
EXECUTOR_SUITES = env.pairs("EXECUTOR_SUITES", "")
# OCI runtime that the engine knows: runc, crun, runsc (gVisor).
EXECUTOR_RUNTIME = env.text("EXECUTOR_RUNTIME", "runc")
# Fewest idle sandboxes for each language; 0 starts each run cold.
EXECUTOR_POOL_SIZE = env.whole("EXECUTOR_POOL_SIZE", 2)
# The number of idle sandboxes follows demand, until all together use this much memory.
EXECUTOR_POOL_MEMORY_BYTES = env.size("EXECUTOR_POOL_MEMORY_BYTES", "512M")
# "auto": where possible, one container, a slot, serves runs of one user; "fork": it boots a runtime once.
EXECUTOR_ISOLATION = env.choice("EXECUTOR_ISOLATION", ("container", "auto"))
EXECUTOR_BOOT = env.choice("EXECUTOR_BOOT", ("exec", "fork"))
# Runs, and seconds without a run, after which a slot is removed.
EXECUTOR_SLOT_RUNS = env.whole("EXECUTOR_SLOT_RUNS", 1000, least=1)
EXECUTOR_SLOT_SECONDS = env.number("EXECUTOR_SLOT_SECONDS", 600.0)
# Runs at the same time, of all users together.
EXECUTOR_MAX_RUNS = env.whole("EXECUTOR_MAX_RUNS", max(4, 2 * (os.cpu_count() or 1)), least=2)
# Further runs, each for a user who has none under way and has lately used less than half a full run.
EXECUTOR_EXTRA_RUNS = env.whole("EXECUTOR_EXTRA_RUNS", max(2, EXECUTOR_MAX_RUNS // 2), least=1)
# Requests that may wait for a place; more are refused at once (503).
EXECUTOR_MAX_WAITING = env.whole("EXECUTOR_MAX_WAITING", 16)
# The longest wait for a place, seconds.
EXECUTOR_QUEUE_SECONDS = env.number("EXECUTOR_QUEUE_SECONDS", 2.0)
# Whether staff may run experiments with one layer weakened; "no" for a site for others.
EXECUTOR_ABLATION = env.flag("EXECUTOR_ABLATION", default=not HTTPS)
# TCP and UDP on a sandbox's loopback; "auto" refuses them where nothing bounds their memory.
EXECUTOR_INET_SOCKETS = env.choice("EXECUTOR_INET_SOCKETS", ("auto", "yes", "no"))
# Host user ids for sandboxes; each sandbox has its own. No distribution assigns the default ids to a
# user, a service or a user namespace. The range needs twice as many ids as there can be sandboxes (an
# idle one takes over 1 MiB; 8 are for lab and self-check): an id is free once its sandbox is removed.
_waiting = EXECUTOR_POOL_MEMORY_BYTES // 1024**2 + len(EXECUTOR_LANGUAGES) * EXECUTOR_POOL_SIZE
_sandboxes = EXECUTOR_MAX_RUNS + EXECUTOR_EXTRA_RUNS + 8 + _waiting
EXECUTOR_UIDS = env.user_ids("EXECUTOR_UIDS", "2000000000-2000999999", least=2 * _sandboxes)
# Seconds between self-checks; nothing runs until one has passed. 0: no self-check.
EXECUTOR_SELF_CHECK_SECONDS = env.whole("EXECUTOR_SELF_CHECK_SECONDS", 600)

EXECUTOR_WALL_SECONDS = env.number("EXECUTOR_WALL_SECONDS", 10.0)
# The same of an interactive run, and its longest time without input, output and CPU use.
EXECUTOR_INTERACTIVE_SECONDS = env.number("EXECUTOR_INTERACTIVE_SECONDS", 300.0)
EXECUTOR_INTERACTIVE_IDLE_SECONDS = env.number("EXECUTOR_INTERACTIVE_IDLE_SECONDS", 60.0)
EXECUTOR_CPU_SECONDS = env.number("EXECUTOR_CPU_SECONDS", 10.0)
EXECUTOR_CPUS = env.number("EXECUTOR_CPUS", 1.0)
EXECUTOR_MEMORY_BYTES = env.size("EXECUTOR_MEMORY_BYTES", "128M")
EXECUTOR_PROCESSES = env.whole("EXECUTOR_PROCESSES", 64, least=16)  # Node alone needs 11
EXECUTOR_OUTPUT_BYTES = env.size("EXECUTOR_OUTPUT_BYTES", "64K")
EXECUTOR_DISK_BYTES = env.size("EXECUTOR_DISK_BYTES", "32M")
EXECUTOR_DISK_FILES = env.whole("EXECUTOR_DISK_FILES", 2048, least=16)
EXECUTOR_OPEN_FILES = env.whole("EXECUTOR_OPEN_FILES", 256, least=32)

# --- Where code runs ---

# "inline": in this process, with its own pool. "celery": in workers, each with an engine.
EXECUTOR_DISPATCH = env.choice("EXECUTOR_DISPATCH", ("inline", "celery"))
# The broker of "celery": amqp://user:password@host:port/vhost. BROKER_URL_FILE names a file with it.
BROKER_URL = env.secret("BROKER_URL") or ""
# Prefix of this deployment's queue names on a shared broker: 33 characters follow in a column of 64.
BROKER_PREFIX = env.text("BROKER_PREFIX", "safe-code-executor", most=31)
if EXECUTOR_DISPATCH == "celery" and not BROKER_URL:
    raise ImproperlyConfigured("EXECUTOR_DISPATCH=celery needs BROKER_URL")
# Seconds without a heartbeat after which a run is requeued.
EXECUTOR_LEASE_SECONDS = env.number("EXECUTOR_LEASE_SECONDS", 15.0, above=1.0)

# --- Limits for users and clients ---

# The longest program, characters.
CODE_CHARACTERS = env.whole("CODE_CHARACTERS", 5000, least=1, most=1024 * 1024)
# Where /app is writable, the program's file is on a disk of this size; a character takes up to 4 bytes.
if EXECUTOR_DISK_BYTES < 4 * CODE_CHARACTERS:
    raise ImproperlyConfigured("EXECUTOR_DISK_BYTES does not hold the longest program")
# Submissions per user and time: <number>/<s|m|h|d>.
RUN_RATE = env.rate("RUN_RATE", "60/m")
# Whether visitors may create an account.
SIGNUP_OPEN = env.flag("SIGNUP_OPEN", default=True)
# Submissions of one user under way at the same time; 0, for a site with one user and without sign-up: no
# limit.
RUN_MAX_PER_USER = env.whole("RUN_MAX_PER_USER", min(4, EXECUTOR_MAX_RUNS // 2))
# Interactive runs under way at the same time, of all users; 0: the site has none.
INTERACTIVE_MAX = env.whole("INTERACTIVE_MAX", EXECUTOR_MAX_RUNS // 2)
# The same of one user.
INTERACTIVE_MAX_PER_USER = env.whole("INTERACTIVE_MAX_PER_USER", 1, least=1)
# Messages of one user to interactive runs.
INPUT_RATE = env.rate("INPUT_RATE", "300/m")
# Submissions in the queue, of all users; more are refused (503).
QUEUE_MAX = env.whole("QUEUE_MAX", 1000, least=2)
# Submissions of one user in the queue; more are refused (429).
QUEUE_MAX_PER_USER = env.whole("QUEUE_MAX_PER_USER", min(200, QUEUE_MAX // 2), least=1)
# Bytes of one user's runs and files in a day (UTC); more are refused (429).
# 200 MiB: 40,000 typical runs, of 2 KB and 3 KiB for the row of each; or 400 of the largest runs.
STORAGE_BYTES_PER_DAY = env.size("STORAGE_BYTES_PER_DAY", "200M")
# A run may fill both output streams, and have the largest code, input and arguments.
if STORAGE_BYTES_PER_DAY < 2 * EXECUTOR_OUTPUT_BYTES + 4 * CODE_CHARACTERS + 128 * 1024:
    raise ImproperlyConfigured("STORAGE_BYTES_PER_DAY does not hold a single run")
# The largest file that a user may upload for runs to come, bytes.
UPLOAD_MAX_BYTES = env.size("UPLOAD_MAX_BYTES", "8M")
# The most that a session keeps between runs, bytes.
SESSION_BYTES = env.size("SESSION_BYTES", "8M")
if max(UPLOAD_MAX_BYTES, SESSION_BYTES) > bodies.FILE_BYTES:
    raise ImproperlyConfigured("UPLOAD_MAX_BYTES or SESSION_BYTES is more than a run takes, 8M")
# Hours from its last use to its removal, and how many a user may have; 0 allows none.
SESSION_HOURS = env.number("SESSION_HOURS", 24.0)
SESSION_MAX_PER_USER = env.whole("SESSION_MAX_PER_USER", 20)
# Connections open at the same time, of all clients.
CONNECTION_MAX = env.whole("CONNECTION_MAX", 4000, least=1)
# Connections of one client (an IPv4 address, or an IPv6 network of 64 bits; one of 48 bits has four times
# as many); more get a 429. Behind trusted proxies: requests under way of the client that the proxy names.
# A browser has six, a class 300.
CONNECTION_MAX_PER_ADDRESS = env.whole("CONNECTION_MAX_PER_ADDRESS", 300, least=1)
# The longest time that a request may take to arrive, from its first byte to its last, seconds.
REQUEST_SECONDS = env.number("REQUEST_SECONDS", 30.0)
# Streams of events/ and downloads open at the same time, of all users; each holds a server thread.
STREAM_MAX = env.whole("STREAM_MAX", 16, least=2)
# The same of one user.
STREAM_MAX_PER_USER = env.whole("STREAM_MAX_PER_USER", min(6, most_streams(STREAM_MAX)), least=1)
_shares = Shares(
    runs=Share(all=EXECUTOR_MAX_RUNS, of_a_user=RUN_MAX_PER_USER),
    queue=Share(all=QUEUE_MAX, of_a_user=QUEUE_MAX_PER_USER),
    interactive=Share(all=INTERACTIVE_MAX, of_a_user=INTERACTIVE_MAX_PER_USER),
    streams=Share(all=STREAM_MAX, of_a_user=STREAM_MAX_PER_USER),
    waiting=EXECUTOR_EXTRA_RUNS + EXECUTOR_MAX_WAITING,
)
# Threads of the server; each answers one request.
WEB_THREADS = env.whole("WEB_THREADS", _shares.threads, least=1)
_is_inline = EXECUTOR_DISPATCH == "inline"
_shares.check(threads=WEB_THREADS, is_inline=_is_inline, is_signup_open=SIGNUP_OPEN)
WEB_CLIENTS_MAX = _shares.clients(WEB_THREADS, is_inline=_is_inline)  # see there
# Other runners whose clients may use this site, at addresses of their own, comma-separated.
_dialects = ("e2b", "jobe", "judge0", "librechat", "piston")
EXECUTOR_DIALECTS = env.some_of(
    "EXECUTOR_DIALECTS", "" if HTTPS or IS_EXPOSED else ",".join(_dialects), known=_dialects
)
# Days until an API token expires.
TOKEN_DAYS = env.whole("TOKEN_DAYS", 90, least=1)
# Days until a share link expires, if its user does not choose fewer; 0: no share link opens.
SHARE_DAYS = env.whole("SHARE_DAYS", 30)
# Pages of share links, found or not, that one address may open. One takes up to 0.04 s of a processor.
SHARE_VIEW_RATE = env.rate("SHARE_VIEW_RATE", "600/5m")

# --- The footer of the pages ---

# Address of the source code, and of a page or mailbox (mailto:) of the people who run the site.
SITE_SOURCE_URL = env.text("SITE_SOURCE_URL", "")
SITE_CONTACT_URL = env.text("SITE_CONTACT_URL", "")

# --- Monitoring ---

# The bearer token for /metrics. METRICS_TOKEN_FILE names a file that holds it.
METRICS_TOKEN = env.secret("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN must have at least 16 characters")
# host:port where a worker serves its metrics; empty: it serves none.
WORKER_METRICS_BIND = env.text("WORKER_METRICS_BIND", "")
# A line for people, or a JSON object for machines.
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "line") if HTTPS else ("line", "json"))

# --- Django ---

INSTALLED_APPS, MIDDLEWARE = apps.INSTALLED, apps.MIDDLEWARE

ROOT_URLCONF, WSGI_APPLICATION = "config.urls", "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "submissions.http.shell.shell",
            ],
        },
    }
]

# postgres://user:password@host:port/name; DATABASE_URL_FILE names a file with it. Not set: SQLite.
_database_url = env.secret("DATABASE_URL")
if _database_url:
    DATABASES = {
        "default": dj_database_url.parse(_database_url, conn_max_age=None, conn_health_checks=True)
    }
elif EXECUTOR_DISPATCH == "celery":
    raise ImproperlyConfigured("EXECUTOR_DISPATCH=celery needs DATABASE_URL")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(VAR_DIR / "db.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": sqlite.OPTIONS,
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "counters": {"BACKEND": "submissions.quotas.cache.CounterCache"},  # exact: docs/decisions/0007
}
RATELIMIT_USE_CACHE = "counters"

# Forms take their templates from templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE, TIME_ZONE = "en", "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [("docs", BASE_DIR / "docs")]  # the pictures of the documents
WHITENOISE_USE_FINDERS = True  # no collectstatic: hashing names costs half a minute on a first run

# --- Security of the site ---

CONTENT_SECURITY_POLICY = headers.CONTENT_SECURITY_POLICY
PERMISSIONS_POLICY = headers.PERMISSIONS_POLICY
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "submissions.http.error_pages.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("DJANGO_SSL_REDIRECT", default=True)  # "no": the proxy redirects
    # Monitors use an internal address and plain http.
    SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.whole("DJANGO_HSTS_SECONDS", 3600)
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The largest body of a request, bytes: the largest code, stdin and arguments, in JSON's longest form.
DATA_UPLOAD_MAX_MEMORY_SIZE = bodies.request_bytes(CODE_CHARACTERS)
# Fields of a form or parameters of a URL; the admin's form has a field for each permission.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# Only the forms of /api/files/ and of LibreChat take files, the second one as many as a run may have.
# They are read into memory as a whole, and never put on a disk.
DATA_UPLOAD_MAX_NUMBER_FILES = 64
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
# The largest body of a batch, and of any request: the server reads no more. As in deploy/Caddyfile.
BATCH_MAX_BYTES = bodies.batch_bytes(CODE_CHARACTERS)
BODY_BYTES = bodies.body_bytes(CODE_CHARACTERS)
# The largest body of an upload, at its one address.
UPLOAD_BODY_BYTES = FILE_UPLOAD_MAX_MEMORY_SIZE = bodies.upload_bytes(UPLOAD_MAX_BYTES)

# --- Accounts ---

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "playground"
ACCOUNT_ADAPTER = "submissions.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "submissions.accounts.usernames.VALIDATORS"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_PREVENT_ENUMERATION = "strict"  # sign-up tells nobody that an e-mail address has an account
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # to change the addresses that a new password is mailed to
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = forms.ACCOUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Safe Code Executor"
MFA_FORMS = forms.MFA
# Rates are <number>/<s|m|h|d>. Wrong passwords for one account, from one address or in a known browser:
LOGIN_FAILED_RATE = env.rate("LOGIN_FAILED_RATE", "5/5m")
# Wrong passwords for one account, from all addresses together, known browsers apart.
LOGIN_FAILED_ACCOUNT_RATE = env.rate("LOGIN_FAILED_ACCOUNT_RATE", "50/h")
# Wrong passwords for all accounts, from one address, which may be a school's.
LOGIN_FAILED_ADDRESS_RATE = env.rate("LOGIN_FAILED_ADDRESS_RATE", "100/5m")
# Accounts created from one address.
SIGNUP_RATE = env.rate("SIGNUP_RATE", "120/h")
# Answers to one address that a user name is taken.
SIGNUP_TAKEN_RATE = env.rate("SIGNUP_TAKEN_RATE", "100/h")
# allauth's own limits are off where accounts/attempts.py counts. Mail: per address (ip), recipient (key).
ACCOUNT_RATE_LIMITS = {
    **dict.fromkeys(("login", "login_failed", "signup"), ""),
    "reset_password": env.text("RESET_PASSWORD_RATE", "20/m/ip,5/m/key"),
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# How mail is sent; by default it goes to the server's log.
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_TIMEOUT = 5  # seconds: a request waits for it
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Safe Code Executor <noreply@localhost>")

# --- The API ---

REST_FRAMEWORK = rest.SETTINGS
KNOX_TOKEN_MODEL = "submissions.ApiToken"  # noqa: S105 - a model
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=TOKEN_DAYS),
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_PREFIX": "sce_",
    "TOKEN_MODEL": "submissions.ApiToken",
}
SPECTACULAR_SETTINGS = description.SETTINGS

LOGGING = logs.configuration(LOG_FORMAT, level=env.text("LOG_LEVEL", "INFO"))
