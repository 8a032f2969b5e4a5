"""Background work on cases: telling listeners, reminding, laying out last days anew."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.cases.actions.reminding import lay_out_last_days, remind, remind_of_missing_year
from tongdian.cases.announcing import announce_waiting


@app.periodic(cron="* * * * *", periodic_id="cases.announce")
@app.task(name="cases.announce", lock="cases.announce")
def announce(timestamp: int | None = None) -> None:
    """Tell every listener what happened: soon after a step, and each minute what a listener failed
    at or nobody asked for."""
    announce_waiting()


@app.periodic(cron="5 0 * * *", periodic_id="cases.remind")  # 08:05 in Shanghai
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind_offices(timestamp: int) -> None:
    """Each morning: what is due today or tomorrow, what is late, and a year without working days."""
    now = timezone.now()
    remind(at=now)
    remind_of_missing_year(at=now)


@app.periodic(cron="20 16 * * *", periodic_id="cases.days")  # 00:20 in Shanghai
@app.task(name="cases.days", queueing_lock="cases.days")
def lay_out_days(timestamp: int) -> None:
    """Each night: last days follow a calendar that changed."""
    lay_out_last_days(at=timezone.now())
