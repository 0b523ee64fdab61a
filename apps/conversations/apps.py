from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from apps.conversations.services import finish_message, forget_empty
        from apps.runs import hooks

        hooks.run_ended.append(finish_message)
        hooks.runs_forgotten.append(forget_empty)
