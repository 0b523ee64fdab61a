from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "apps.publishing"
    label = "publishing"

    def ready(self) -> None:
        from apps.publishing.sites import site_facets
        from apps.publishing.triggers.roots import follow_publication
        from apps.studio import hooks

        hooks.app_facets.append(site_facets)
        hooks.app_published.append(follow_publication)
