"""What the shell itself puts on the home page."""

from tongdian.shell.home import add_section
from tongdian.web.pages import waiting_here

add_section("web/home_waiting.html", waiting_here, order=0)
