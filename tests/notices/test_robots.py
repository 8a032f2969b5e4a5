"""Group robots say in the body whether they took it; a wrong address is met when it is entered."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.notices.town import NOON
from tongdian.notices.robots import AddressNotUsable, NotSent, check_address, post


def give(web, kind: str, signing: str = "") -> str:
    return post(
        kind=kind,
        address=f"{web.address}?key=abc",
        signing=signing,
        title="标题",
        text="正文",
        id_="d-1",
        at=NOON,
    )


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("wecom", b'{"errcode":0,"errmsg":"ok"}'),
        ("dingtalk", b'{"errcode":0,"errmsg":"ok"}'),
        ("feishu", b'{"code":0,"msg":"success","data":{}}'),
        ("feishu", b'{"StatusCode":0,"StatusMessage":"success"}'),
        ("gateway", b""),
    ],
)
def test_a_message_that_was_taken_is_sent(web, kind, answer):
    web.answer = answer
    assert give(web, kind) == answer.decode()
    assert "正文" in str(web.received)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
        ("dingtalk", b'{"errcode":310000,"errmsg":"keywords not in content"}'),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}'),
        ("wecom", b"<html>log in to the network</html>"),
        ("wecom", b""),
        ("wecom", b"[0]"),
    ],
)
def test_a_refusal_with_status_200_is_a_refusal(web, kind, answer):
    web.answer = answer
    with pytest.raises(NotSent) as refused:
        give(web, kind)
    assert answer.decode() in str(refused.value)


def test_a_server_that_sends_elsewhere_is_not_followed(web):
    web.statuses = [302]
    with pytest.raises(NotSent, match="302"):
        give(web, "gateway")
    assert len(web.received) == 1


def test_dingtalk_is_signed_with_the_time_and_the_secret(web):
    web.answer = b'{"errcode":0}'
    give(web, "dingtalk", signing="SEC1")
    query = parse_qs(urlsplit(web.paths[0]).query)
    moment = str(int(NOON.timestamp()) * 1000)
    digest = hmac.new(b"SEC1", f"{moment}\nSEC1".encode(), hashlib.sha256).digest()
    assert query["timestamp"] == [moment]
    assert query["sign"] == [base64.b64encode(digest).decode()]


def test_feishu_is_signed_in_the_body(web):
    web.answer = b'{"code":0}'
    give(web, "feishu", signing="S")
    moment = str(int(NOON.timestamp()))
    digest = hmac.new(f"{moment}\nS".encode(), b"", hashlib.sha256).digest()
    assert web.received[0]["sign"] == base64.b64encode(digest).decode()
    assert web.received[0]["timestamp"] == moment


@pytest.mark.parametrize(
    "address", ["", "abc", "file:///etc/passwd", "ftp://x", "https://", "https://a b", "http://x:99999/"]
)
def test_what_is_no_address_of_the_web_is_refused(address):
    with pytest.raises(AddressNotUsable):
        check_address(address)


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/", "https://10.0.0.8/", "https://[64:ff9b:1::a00:8]/", "https://[::a00:8]/"],
)
def test_a_robot_is_never_called_inside_one_s_own_network(address, settings):
    settings.WEBHOOK_NETWORKS = []
    with pytest.raises(AddressNotUsable):
        check_address(address)
    with pytest.raises(NotSent):
        post(kind="gateway", address=address, signing="", title="t", text="x", id_="d", at=NOON)
