"""Run submissions for the site (EXECUTOR_DISPATCH=celery), in one process for each Docker host.

Only this part of the deployment needs an engine. After SIGTERM it ends when its runs have ended; other
workers take the queued submissions.
"""

import os

import django

from .private import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the apps

from submissions.dispatch.worker import WorkerProcess  # noqa: E402
from submissions.ops import metrics  # noqa: E402


def main() -> None:
    """Run submissions until SIGTERM or SIGINT."""
    metrics.serve(settings.WORKER_METRICS_BIND)
    worker = WorkerProcess()
    worker.start()
    try:
        worker.serve()
    finally:
        worker.stop()


if __name__ == "__main__":
    main()
