"""The kinds of spreadsheet, in the order in which they are brought in."""

from tongdian.agreements.importing.kinds.agreements import Agreements, Balances
from tongdian.agreements.importing.kinds.customers import Customers
from tongdian.agreements.importing.kinds.kind import Kind
from tongdian.agreements.importing.kinds.lines import Feeders, Transformers
from tongdian.agreements.importing.kinds.places import Places, Points

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (Places(), Feeders(), Transformers(), Points(), Customers(), Agreements(), Balances())
}
