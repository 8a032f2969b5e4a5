"""Background work on cases: telling listeners, reminding, laying out last days anew."""

from procrastinate.contrib.django import app

from tongdian.cases.announcing import announce as tell
from tongdian.cases.models import Case, Event


@app.task(name="cases.announce", retry=5)
def announce(case: str, first: int, last: int) -> None:
    """Tell every listener what happened."""
    found = Case.objects.select_related("organisation", "place", "customer").get(pk=case)
    events = Event.objects.filter(case=found, seq__range=(first, last)).order_by("seq")
    tell(found, list(events))
