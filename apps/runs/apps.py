from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "apps.runs"
    label = "runs"

    def ready(self) -> None:
        from apps.runs.facets import run_facets
        from apps.studio import hooks

        hooks.app_facets.append(run_facets)
