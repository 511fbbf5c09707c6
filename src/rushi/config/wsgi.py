"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from rushi.kernel import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
logs.configure()
application = get_wsgi_application()
