"""Looking each minute for what is due: also for what was due while nobody was there."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.duties.actions import do_duties


@app.periodic(cron="* * * * *", periodic_id="duties.do")
@app.task(name="duties.do", queueing_lock="duties.do")
def do(timestamp: int) -> None:
    """Each minute."""
    do_duties(at=timezone.now())
