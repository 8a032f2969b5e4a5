"""What the web server serves."""

import os

from django.core.wsgi import get_wsgi_application

from tongdian.config.serving import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
if os.environ.get("TONGDIAN_SERVED"):
    end_with_parent()  # the server's own workers too, or they would keep the port
application = get_wsgi_application()
