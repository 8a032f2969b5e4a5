"""What the web server serves."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from tongdian.config.serving import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
if os.environ.get("TONGDIAN_SERVED"):
    # Granian's own workers would outlive it and keep the port; they are deaf to SIGTERM.
    end_with_parent(signal.SIGKILL)
application = get_wsgi_application()
