"""The site's addresses: the web door at the root, the back office under /admin/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("rushi.web.urls")),
]
handler500 = "rushi.web.errors.server_error"
