"""Settings of the test run: the same services and code path, cheap password hashing."""

from weft.settings.base import *  # noqa: F403  (a settings module is its names)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
