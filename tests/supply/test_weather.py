"""师政后勤〔2016〕4号 56: no air conditioning at 12 to 25 °C in office hours, and none outside them; special laboratories are
excepted. By a temperature that was published: from a file, or an address that answers."""

import json
import threading
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cases.conftest import at
from tests.supply.school import govern, moment, place
from tongdian.registers.dated import DayTaken
from tongdian.supply import queries
from tongdian.supply.actions.weather import correct_temperature, enter_temperature, read_weather
from tongdian.supply.models import OutdoorTemperature
from tongdian.supply.refusing import CountedToCome, DayToldAlready, WeatherUnread
from tongdian.supply.transports import published

pytestmark = pytest.mark.django_db
READING = {"measured_at": "2026-03-04T10:00:00+08:00", "celsius": 18.4, "station": "桂林国家基本气象站"}


def measured(school, celsius, clock="2026-03-04 10:00", on="2026-03-04", hour=11, **more):
    return enter_temperature(
        viewer=school.officer, organisation=school.campus, measured_at=moment(clock), celsius=Decimal(celsius),
        station="桂林国家基本气象站", at=at(on, hour), **more,
    )  # fmt: skip


def may(where, clock):
    """Whether the air conditioning may run; None where nobody measured."""
    return queries.air_conditioning(where, moment(clock)).may_run


@pytest.mark.parametrize(
    ("celsius", "allowed"), [("11.9", True), ("12.0", False), ("25.0", False), ("25.1", True)]
)
def test_56_at_12_to_25_degrees_it_does_not_run_in_office_hours(school, celsius, allowed):
    measured(school, celsius)
    assert may(school.room, "2026-03-04 10:30") is allowed


def test_56_outside_office_hours_and_on_days_of_rest_it_does_not_run_at_any_temperature(school):
    measured(school, "33", "2026-03-04 18:30", hour=19)
    assert may(school.room, "2026-03-04 18:40") is False
    measured(school, "33", "2026-03-07 10:00", on="2026-03-07")  # a Saturday
    assert may(school.room, "2026-03-07 10:10") is False


def test_56_a_special_laboratory_is_excepted(school):
    laboratory = place(school, "YS-H302", "化学楼 302")
    govern(school, laboratory, "premises-supply premises=special_laboratory")
    measured(school, "18")
    assert (may(laboratory, "2026-03-04 10:30"), may(school.room, "2026-03-04 10:30")) == (True, False)


def test_a_reading_of_two_hours_ago_says_nothing_of_now(school):
    measured(school, "33")
    assert may(school.room, "2026-03-04 11:29") is True
    assert may(school.room, "2026-03-04 11:30") is None  # ninety minutes


def test_a_temperature_is_entered_once_not_before_it_is_measured_and_mended_on_its_day(school):
    first = measured(school, "18")
    with pytest.raises(DayTaken):
        measured(school, "19")
    with pytest.raises(CountedToCome):
        measured(school, "19", "2026-03-04 11:01")
    correct_temperature(
        viewer=school.officer,
        temperature=first,
        celsius=Decimal("18.5"),
        station="同上",
        at=at("2026-03-04", 12),
    )
    with pytest.raises(DayToldAlready):
        correct_temperature(
            viewer=school.officer,
            temperature=first,
            celsius=Decimal("33"),
            station="同上",
            at=at("2026-03-05"),
        )
    assert OutdoorTemperature.objects.get().celsius == Decimal("18.5")


# ------------------------------------------------------------- where it is published
@contextmanager
def served(body, status=200):
    """A weather service on loopback."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/now"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_it_is_read_each_hour_from_a_file_or_an_address_and_the_same_twice_changes_nothing(
    school, settings, tmp_path
):
    file = tmp_path / "weather.json"
    file.write_text(json.dumps(READING), "utf-8")
    settings.WEATHER = {school.campus.short: str(file), "NONE": str(file)}
    [row] = read_weather(at=at("2026-03-04", 11))
    assert (row.celsius, row.station, row.measured_at) == (
        Decimal("18.4"),
        READING["station"],
        moment("2026-03-04 10:00"),
    )
    with served(json.dumps(READING).encode()) as address:
        settings.WEATHER = {school.campus.short: address}
        assert read_weather(at=at("2026-03-04", 11)) == []
    assert OutdoorTemperature.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b'{"celsius": 18.4}', json.dumps(READING | {"celsius": "warm"}).encode(),
     json.dumps(READING | {"celsius": 180}).encode(), json.dumps(READING | {"measured_at": "now"}).encode(),
     json.dumps(READING | {"celsius": None}).encode(), b"[" * 60_000],
)  # fmt: skip
def test_what_cannot_be_read_is_no_temperature(school, settings, body):
    with served(body) as address:
        with pytest.raises(WeatherUnread):
            published(address)
        settings.WEATHER = {school.campus.short: address}
        assert read_weather(at=at("2026-03-04", 11)) == []
    assert not OutdoorTemperature.objects.exists()
    assert queries.air_conditioning(school.room, moment("2026-03-04 10:30")).answer is None


def test_a_service_that_is_down_or_refuses_is_no_temperature(school, settings, tmp_path):
    with served(b"{}", status=503) as address, pytest.raises(WeatherUnread):
        published(address)
    with pytest.raises(WeatherUnread):
        published(address)  # nobody listens there any more
    with pytest.raises(WeatherUnread):
        published(str(tmp_path / "none.json"))
