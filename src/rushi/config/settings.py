"""Django settings. Values come from the environment (`environment.py` lists them); nothing here starts a server."""

from __future__ import annotations

from pathlib import Path

import dj_database_url

from rushi.db import limits
from rushi.kernel import environment as env

env.refuse_unfit_production()

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.get("RUSHI_DATA_DIR")).resolve()
IS_PRODUCTION = env.get("RUSHI_PROFILE") == "production"
IS_DEMO = not IS_PRODUCTION
DEBUG = env.flag("RUSHI_DEBUG")

SECRET_KEY = env.get("RUSHI_SECRET_KEY")
ATTENTION_KEY = env.get("RUSHI_ATTENTION_KEY").encode()
IDENTITY_KEY = env.get("RUSHI_IDENTITY_KEY").encode()
IDENTITY_KEYS_RETIRED = tuple(key.encode() for key in env.get("RUSHI_IDENTITY_KEYS_RETIRED").split(",") if key)
BLIND_INDEX_KEY = env.get("RUSHI_BLIND_INDEX_KEY").encode()
SETTLEMENT_MODE = env.get("RUSHI_SETTLEMENT_MODE") or "principal"
PUBLIC_URL = env.get("RUSHI_PUBLIC_URL").rstrip("/")
SANDBOX_URL = env.get("RUSHI_SANDBOX_URL").rstrip("/")
SMS_URL = env.get("RUSHI_SMS_URL").rstrip("/") or SANDBOX_URL + "/dysms"
REALNAME_URL = env.get("RUSHI_REALNAME_URL").rstrip("/") or SANDBOX_URL + "/cloudauth"
ALIYUN_KEY_ID = env.get("RUSHI_ALIYUN_KEY_ID")
ALIYUN_KEY_SECRET = env.get("RUSHI_ALIYUN_KEY_SECRET")
SMS_SIGN_NAME = env.get("RUSHI_SMS_SIGN_NAME")
SMS_TEMPLATE_CODE = env.get("RUSHI_SMS_TEMPLATE_CODE")
METRICS_TOKEN = env.get("RUSHI_METRICS_TOKEN")
BRAND = env.get("RUSHI_BRAND")
COMPANY = env.get("RUSHI_COMPANY")
ICP_NUMBER = env.get("RUSHI_ICP")
POLICE_RECORD = env.get("RUSHI_POLICE_RECORD")

ALLOWED_HOSTS = [host.strip() for host in env.get("RUSHI_ALLOWED_HOSTS").split(",")]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "rushi.config.urls"
WSGI_APPLICATION = "rushi.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"

ROOMS = [
    "rushi.db",
    "rushi.integrations",
    "rushi.audit",
    "rushi.transparency",
    "rushi.ledger",
    "rushi.identity",
    "rushi.notices",
    "rushi.campaigns",
    "rushi.policy",
    "rushi.dispatch",
    "rushi.evidence",
    "rushi.verdicts",
    "rushi.payouts",
    "rushi.measurement",
    "rushi.market",
    "rushi.web",
    "rushi.backoffice",
]
INSTALLED_APPS = [
    *ROOMS,
    "rushi.backoffice.apps.BackofficeSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "ninja",  # its documentation page then loads nothing from elsewhere
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "rushi.web.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "rushi.web.middleware.page_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rushi.web.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rushi.web.presence.middleware",
    "rushi.web.middleware.errors",
    "rushi.api.middleware.api",
]

# The few routes that are asked a thousand times a second answer JSON or a clip; they need none of the rest.
LEAN_MIDDLEWARE = [
    "rushi.web.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "rushi.web.middleware.page_policy",
    "rushi.web.middleware.visitor",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "rushi.web.middleware.errors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rushi.web.context.site",
            ],
            "builtins": ["rushi.web.templatetags.rushi"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        env.get("RUSHI_DATABASE_URL") or "postgresql://rushi_app@%2Fnonexistent/rushi", conn_max_age=0
    )
}
WEB_THREADS = int(env.get("RUSHI_WEB_THREADS"))
# A pool that gives up soon asks again when somebody next wants a connection: no long waits after an outage.
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": WEB_THREADS,  # a thread holds one connection at most
    "timeout": 2,
    "reconnect_timeout": 2,
}
DATABASES["default"]["OPTIONS"].setdefault("options", limits.options())
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # the pool looks before it lends: a restarted server is no error
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"},
}

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_ADAPTER = "rushi.identity.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = int(env.get("RUSHI_TRUSTED_PROXIES"))
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]  # messages: keep
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["rushi.config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# `./rushi up` collects: hashed names, compressed, cached for ever. Without that (tests) files come from the tree.
IS_COLLECTED = not DEBUG and ((STATIC_ROOT / "staticfiles.json").exists() or env.flag("RUSHI_COLLECTING"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IS_COLLECTED
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SECURE_COOKIES = not (env.flag("RUSHI_INSECURE_COOKIES") or IS_DEMO)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 30 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
# Anybody can send this header: it is believed only when told that a proxy in front sets it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("RUSHI_BEHIND_PROXY") else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # widths of bars; no rule can be smuggled into an attribute
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = None

LOGGING_CONFIG = None  # rushi.kernel.logs sets structlog up
