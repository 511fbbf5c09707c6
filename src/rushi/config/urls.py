"""The site's addresses: the web door at the root, the back office under /admin/, the API under /api/v1/."""

from django.contrib import admin
from django.urls import include, path

from rushi.api.site import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("", include("rushi.web.urls")),
]
handler500 = "rushi.web.errors.server_error"
