"""The kinds of spreadsheet, in the order in which they are brought in."""

from tongdian.agreements.importing.kinds.agreements import Agreements, Balances
from tongdian.agreements.importing.kinds.customers import CUSTOMERS_KIND
from tongdian.agreements.importing.kinds.kind import Kind
from tongdian.agreements.importing.kinds.lines import FEEDERS_KIND, POINTS_KIND, TRANSFORMERS_KIND
from tongdian.agreements.importing.kinds.places import PLACES_KIND

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        PLACES_KIND,
        FEEDERS_KIND,
        TRANSFORMERS_KIND,
        POINTS_KIND,
        CUSTOMERS_KIND,
        Agreements(),
        Balances(),
    )
}
