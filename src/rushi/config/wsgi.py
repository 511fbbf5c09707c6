"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from rushi.kernel import logs, processes

if os.environ.get("RUSHI_SUPERVISED"):
    processes.die_with_parent()  # a granian worker does not outlive a granian that was killed
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
logs.configure()
application = get_wsgi_application()
views = get_resolver().url_patterns  # every view imported now, not while the first person waits
