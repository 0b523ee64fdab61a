from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "apps.studio"
    label = "studio"

    def ready(self) -> None:
        from apps.knowledge import hooks
        from apps.studio.selectors import dataset_users

        hooks.dataset_users.append(dataset_users)
