"""Background work on cases: telling listeners, reminding, laying out last days anew."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.cases.actions.reminding import lay_out_last_days, remind
from tongdian.cases.announcing import announce as tell
from tongdian.cases.models import Case, Event


@app.task(name="cases.announce", retry=5)
def announce(case: str, first: int, last: int) -> None:
    """Tell every listener what happened."""
    found = Case.objects.select_related("organisation", "place", "customer").get(pk=case)
    events = Event.objects.filter(case=found, seq__range=(first, last)).order_by("seq")
    tell(found, list(events))


@app.periodic(cron="5 0 * * *", periodic_id="cases.remind")  # 08:05 in Shanghai
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind_offices(timestamp: int) -> None:
    """Each morning: what is due today or tomorrow, and what is late."""
    remind(at=timezone.now())


@app.periodic(cron="20 16 * * *", periodic_id="cases.days")  # 00:20 in Shanghai
@app.task(name="cases.days", queueing_lock="cases.days")
def lay_out_days(timestamp: int) -> None:
    """Each night: last days follow a calendar that changed."""
    lay_out_last_days(at=timezone.now())
