"""Keys and the state folder."""

from concurrent.futures import ThreadPoolExecutor

from tongdian.config.home import home, key


def test_a_key_is_drawn_once_and_kept_private(monkeypatch, tmp_path):
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "home"))
    first = key("some")
    assert (len(first), key("some")) == (32, first)
    assert key("another") != first
    path = home() / "keys" / "some"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [file.name for file in sorted(path.parent.iterdir())] == ["another", "some"]


def test_programs_that_start_at_once_agree_on_the_key(monkeypatch, tmp_path):
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: key("some"), range(40)))) == 1
