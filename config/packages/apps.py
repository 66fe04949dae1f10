"""Django's applications and middleware. In both lists the order matters."""

INSTALLED = [
    "submissions",  # first: its templates replace those of packages
    "executor",
    "submissions.admin_config.Config",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.humanize",  # allauth's pages use its filters for times
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "corsheaders",
    "django_ace",  # static files only
]

MIDDLEWARE = [
    "submissions.ops.access.Access",
    "corsheaders.middleware.CorsMiddleware",  # before all that may refuse
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "submissions.http.caching.NotStored",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "submissions.ops.health.Probes",
    "submissions.http.bounds.Bounds",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "submissions.http.error_pages.Slashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "submissions.http.too_many.TooMany",
    "submissions.http.outage.DatabaseAway",
    "submissions.http.error_pages.NotAllowedPage",
]
