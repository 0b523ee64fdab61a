"""Django's settings. Values come from `env.py`; there is no logic here beyond naming them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from weft.settings.env import ROOT, read_env
from workflows.addresses import Policy

ENV = read_env()
if not ENV.database_url or not ENV.redis_url:
    raise ImproperlyConfigured(
        f"No services found in the data directory {ENV.data_dir}: start Weft with `make up`, "
        "or set DATABASE_URL and REDIS_URL."
    )
if not ENV.secret_key:
    raise ImproperlyConfigured(
        "WEFT_SECRET_KEY is not set and the data directory has no secrets.json; `make up` makes one."
    )

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
# Weft answers under whatever name its owner gives it; links are built from WEFT_BASE_URL, never from the Host header.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "weft.urls"
ASGI_APPLICATION = "weft.asgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "weft.apps.WeftConfig",
    "apps.accounts",
    "apps.usage",
    "apps.providers",
    "apps.knowledge",
    "apps.studio",
    "apps.runs",
    "apps.conversations",
    "apps.publishing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": False, "OPTIONS": {}}
]

_db = urlsplit(ENV.database_url)
DATABASES = {
    "default": {
        "ENGINE": "weft.db.postgres",
        "NAME": unquote(_db.path.lstrip("/")),
        "USER": unquote(_db.username or ""),
        "PASSWORD": unquote(_db.password or ""),
        "HOST": _db.hostname or "",
        "PORT": str(_db.port or ""),
        # Streams and runs borrow a connection for one call and give it back (weft.db.aio), so a small pool serves many.
        "CONN_MAX_AGE": 0,
        # Our engine tries those that lay idle before it lends them, so a restarted PostgreSQL breaks nothing.
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {**dict(parse_qsl(_db.query)), "pool": {"min_size": 1, "max_size": 16, "timeout": 10}},
    }
}

REDIS_URL = ENV.redis_url
CHROMA_URL = ENV.chroma_url
# Where the vectors of new datasets go; those that there are stay until `manage.py migrate_vectors`.
VECTOR_STORE = ENV.vector_store
if VECTOR_STORE not in ("chroma", "pgvector"):
    raise ImproperlyConfigured(f"WEFT_VECTOR_STORE is {VECTOR_STORE!r}; it is chroma or pgvector.")
INFERENCE_URL = ENV.inference_url
INFERENCE_TOKEN = ENV.inference_token
BASE_URL = ENV.base_url.rstrip("/")
FERNET_KEYS = ENV.fernet_keys
DATA_DIR = ENV.data_dir
FILES_DIR = ENV.data_dir / "files"
MAX_UPLOAD_BYTES = ENV.max_upload_mb * 1024 * 1024
# How long a file waits for a run to be given to.
UPLOAD_KEEP_DAYS = 7
# How long runs are kept after their end, with their logs, values and messages. 0 is for ever.
RUN_KEEP_DAYS = ENV.run_keep_days
EGRESS_ALLOW = ENV.egress_allow
try:
    Policy.of(EGRESS_ALLOW)
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from error


# smtp://user:password@host:587 (STARTTLS), smtps:// (TLS from the start). Nothing is sent while it is empty.
_email = urlsplit(ENV.email_url)
EMAIL_HOST = _email.hostname or ""
EMAIL_PORT = _email.port or (465 if _email.scheme == "smtps" else 587 if _email.username else 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_email.username or ""), unquote(_email.password or "")
EMAIL_USE_SSL = _email.scheme == "smtps"
EMAIL_USE_TLS = _email.scheme == "smtp" and bool(_email.username)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENV.email_from or EMAIL_HOST_USER or "weft@localhost"

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "runs.execute_run": {"queue": "runs"},
    "knowledge.ingest_document": {"queue": "index"},
    "knowledge.ingest_waiting": {"queue": "index"},
    "knowledge.look": {"queue": "index"},
    "knowledge.read_parts": {"queue": "index"},
    "knowledge.evaluate": {"queue": "index"},
    "knowledge.merge_lexical": {"queue": "index"},
    "knowledge.index_vectors": {"queue": "index"},
    "knowledge.move_vectors": {"queue": "index"},
    "knowledge.settle_vectors": {"queue": "index"},
}
CELERY_BEAT_SCHEDULE = {
    "runs-tend": {"task": "runs.tend", "schedule": 1.0, "options": {"expires": 5}},
    "publishing-schedules": {"task": "publishing.fire_schedules", "schedule": 1.0, "options": {"expires": 5}},
    "runs-forget-files": {"task": "runs.forget_files", "schedule": 3600.0, "options": {"expires": 3600}},
    "runs-forget": {"task": "runs.forget_runs", "schedule": 24 * 3600.0, "options": {"expires": 24 * 3600}},
    "publishing-deliver": {"task": "publishing.deliver_forms", "schedule": 2.0, "options": {"expires": 10}},
    "publishing-forget": {"task": "publishing.forget_firings", "schedule": 3600.0, "options": {"expires": 3600}},
    "accounts-flush": {"task": "accounts.flush_key_uses", "schedule": 60.0, "options": {"expires": 60}},
    "studio-warm": {"task": "studio.warm_missing", "schedule": 300.0, "options": {"expires": 300}},
    "usage-flush": {"task": "usage.flush", "schedule": 5.0, "options": {"expires": 5}},
    "knowledge-asked": {"task": "knowledge.flush_asked", "schedule": 10.0, "options": {"expires": 10}},
    "knowledge-forget-queries": {
        "task": "knowledge.forget_queries",
        "schedule": 24 * 3600.0,
        "options": {"expires": 24 * 3600},
    },
    "knowledge-look": {"task": "knowledge.look_where_due", "schedule": 10.0, "options": {"expires": 10}},
    "knowledge-moves": {"task": "knowledge.sweep_moves", "schedule": 10.0, "options": {"expires": 10}},
    "knowledge-sweep": {"task": "knowledge.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "knowledge-watch": {"task": "knowledge.watch_evaluations", "schedule": 15.0, "options": {"expires": 15}},
    "knowledge-tidy": {"task": "knowledge.tidy_evaluations", "schedule": 3600.0, "options": {"expires": 3600}},
}
# How long a worker's silence is trusted, and how many runs one process carries.
RUN_LEASE_S = ENV.run_lease_s
RUNS_PER_PROCESS = 1000
RUN_STREAM_TTL_S = 600
# How many runs the outside may have under way at once: of one app, and of one end user of it. 0 is no limit.
APP_MAX_ACTIVE_RUNS = ENV.app_max_active_runs
END_USER_MAX_ACTIVE_RUNS = ENV.end_user_max_active_runs
# How long the silence of a worker is trusted that has a document, a part of one, or a connector.
INGEST_LEASE_S = ENV.ingest_lease_s
# Only what lies below these may be read by folder connectors, each by those of the workspace that it names.
CONNECTOR_FOLDERS = ENV.connector_folders
# How many workers one dataset may occupy while other datasets wait for one.
INGEST_PER_DATASET = 4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["weft.http.auth.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "weft.http.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    # `format` is a parameter of ours
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {"TITLE": "Weft", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

SESSION_COOKIE_NAME = "weft_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "weft.http.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

FRONTEND_DIST = ROOT / "frontend" / "dist"
STATIC_URL = "/static/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "httpx": {"level": "WARNING"}},
}
