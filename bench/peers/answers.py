"""The deposit and the bill of `bench answers` in zen-engine and openfisca.

Run with the peers' own interpreter; nothing of Tongdian is imported. Prints microseconds by name as JSON.
Each shows first that it gives what Tongdian gives, as far as its numbers go.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

DEPOSIT = {"contract": 150000}
SEGMENTS = [
    {"opening": 3050, "used": 100, "price": 0.5583},
    {"opening": 3150, "used": 1300.37, "price": 0.5695},
]
TIERS = ((0, 3120, 0.0), (3120, 4440, 0.05), (4440, 1199988, 0.3))
TOTAL = 865.51  # 39.08 + 18.25 in May; 799.16 + 9.02 in June


def each(run: Callable[[], object], *, times: int) -> float:
    """Microseconds of CPU a run: the median of nine batches."""
    run()
    batches = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(times):
            run()
        batches.append((time.process_time() - began) / times * 1e6)
    return statistics.median(batches)


# --- zen-engine: a decision table, and a bill as expressions over the segments ---
def zen(times: int) -> dict[str, float]:
    # asked of the engine by key it is compiled once; a decision taken out of it is compiled each time
    graphs = {"deposit": graph("decisionTableNode", DEPOSITS), "bill": graph("expressionNode", BILLS)}
    engine = importlib.import_module("zen").ZenEngine({"loader": {"type": "static", "content": graphs}})
    assert engine.evaluate("deposit", DEPOSIT)["result"] == {"low": 10000, "high": 30000}
    total = engine.evaluate("bill", {"segment": SEGMENTS})["result"]["total"]
    assert abs(total - TOTAL) < 0.005, total
    return {
        "zen bare": each(lambda: engine.evaluate("deposit", DEPOSIT), times=times),
        "zen trace": each(lambda: engine.evaluate("deposit", DEPOSIT, {"trace": True}), times=times),
        "zen bill": each(lambda: engine.evaluate("bill", {"segment": SEGMENTS}), times=times),
    }


def graph(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "content": {"schema": ""}},
        {"id": "does", "name": "does", "type": kind, "content": content},
        {"id": "out", "name": "out", "type": "outputNode", "content": {"schema": ""}},
    ]
    edges = [{"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in (("in", "does"), ("does", "out"))]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


BANDS = (
    ("<= 100000", "3000", "5000"),
    ("<= 300000", "10000", "30000"),
    ("<= 1000000", "30000", "50000"),
    ("", "0", "100000"),
)
DEPOSITS: dict[str, Any] = {
    "hitPolicy": "first",
    "inputs": [{"id": "c", "name": "contract", "field": "contract"}],
    "outputs": [
        {"id": "low", "name": "low", "field": "low"},
        {"id": "high", "name": "high", "field": "high"},
    ],
    "rules": [
        {"_id": f"r{n}", "c": when, "low": low, "high": high} for n, (when, low, high) in enumerate(BANDS)
    ],
}


def tier(low: int, high: int, adder: float) -> str:
    def clipped(x: str) -> str:
        return f"max([min([{x}, {high}]), {low}])"

    part = f"({clipped('#.opening + #.used')} - {clipped('#.opening')})"
    return f"sum(map(segment, round({part} * (#.price + {adder}) * 100) / 100))"


BILLS: dict[str, Any] = {
    "expressions": [
        *({"id": f"t{n}", "key": f"t{n}", "value": tier(*one)} for n, one in enumerate(TIERS)),
        {"id": "total", "key": "total", "value": "$.t0 + $.t1 + $.t2"},
    ]
}


# --- openfisca: variables of one person, calculated in binary floats ---
def openfisca(times: int) -> dict[str, float]:
    import numpy
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import MONTH
    from openfisca_core.periods import period as month_of
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    person = build_entity(key="person", plural="persons", label="", is_person=True)
    system, june = TaxBenefitSystem([person]), month_of("2026-06")

    def variable(name: str, formula: Callable[..., Any] | None = None) -> None:
        body: dict[str, Any] = {"value_type": float, "entity": person, "definition_period": MONTH}
        system.add_variable(type(name, (Variable,), body | ({"formula": formula} if formula else {})))

    def deposit(one: Any, period: Any) -> Any:
        contract = one("contract", period)
        over = [contract <= 100000, contract <= 300000, contract <= 1000000]
        return numpy.select(over, [3000.0, 10000.0, 30000.0], 100000.0)

    def bill(one: Any, period: Any) -> Any:
        total = 0.0
        for n in range(len(SEGMENTS)):
            opening, used, price = (one(f"{name}_{n}", period) for name in ("opening", "used", "price"))
            for low, high, adder in TIERS:
                part = numpy.clip(opening + used, low, high) - numpy.clip(opening, low, high)
                total = total + numpy.round(part * (price + adder), 2)
        return total

    variable("contract")
    variable("deposit", deposit)
    columns = {f"{name}_{n}": numpy.array([one[name]]) for n, one in enumerate(SEGMENTS) for name in one}
    for name in columns:
        variable(name)
    variable("bill", bill)

    def asked(what: str, given: dict[str, Any]) -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, count=1)
        for name, value in given.items():
            simulation.set_input(name, june, value)
        return simulation.calculate(what, june)

    contract = {"contract": numpy.array([150000.0])}
    assert asked("deposit", contract) == 10000
    assert abs(asked("bill", columns)[0] - TOTAL) < 0.005
    return {
        "openfisca bare": each(lambda: asked("deposit", contract), times=times),
        "openfisca bill": each(lambda: asked("bill", columns), times=times),
    }


if __name__ == "__main__":
    found: dict[str, float] = {}
    for peer in (zen, openfisca):
        try:
            found |= peer(int(sys.argv[1]))
        except ImportError as missing:
            print(missing, file=sys.stderr)
    print(json.dumps(found))
