"""The platform as a Django app: gives every Django process its Celery application before a task is sent."""

from django.apps import AppConfig


class WeftConfig(AppConfig):
    name = "weft"
    label = "weft"

    def ready(self) -> None:
        # Imported for its effect, and here because it needs the settings: tasks without it go to a default broker.
        import weft.celery  # noqa: F401
