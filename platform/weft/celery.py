"""The Celery application: `celery -A weft`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weft.settings.base")

app = Celery("weft")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "apps.accounts",
        "apps.usage",
        "apps.studio",
        "apps.runs",
        "apps.knowledge",
        "apps.knowledge.evaluation",
        "apps.publishing",
    ]
)
