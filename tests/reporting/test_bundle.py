import pytest
import vl_convert

from bakeoff.data import cache
from bakeoff.reporting.writers import bundle


def test_the_bundle_is_made_once_and_then_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first = bundle.chart_scripts()

    def again(*_args: object, **_options: object) -> str:
        raise AssertionError("bundled a second time")

    monkeypatch.setattr(vl_convert, "javascript_bundle", again)
    assert bundle.chart_scripts() == first
    assert "vegaEmbed" in first


def test_a_bundle_that_was_cut_short_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: dict[str, str] = {}
    monkeypatch.setattr(bundle, "read_note", notes.get)
    monkeypatch.setattr(bundle, "write_note", notes.__setitem__)
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda *_a, **_o: "let whole = 1;")

    whole = bundle.chart_scripts()
    (key,) = notes
    notes[key] = whole[:5]

    assert bundle.chart_scripts() == whole
    assert notes[key] == whole


def test_scripts_cannot_end_their_element(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "read_note", lambda _key: None)
    monkeypatch.setattr(bundle, "write_note", lambda _key, _text: None)
    monkeypatch.setattr(
        vl_convert, "javascript_bundle", lambda *_a, **_o: 'let x = "</script><!--";'
    )

    made = bundle.chart_scripts()

    assert "</script" not in made
    assert "<!--" not in made


def test_the_cache_offers_what_the_bundle_needs() -> None:
    cache.write_note("kept", "text")

    assert cache.read_note("kept") == "text"
