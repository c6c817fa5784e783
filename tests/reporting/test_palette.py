import pytest

from bakeoff.reporting.palette import DARK, LIGHT, PAGE, Paint, chart_config, styles


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paint", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_their_background_by_wcag_aa(paint: Paint) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    verdicts = (paint.supported, paint.contradicted, paint.undecided)
    for text in (paint.ink, paint.quiet, paint.accent, *verdicts):
        assert contrast(text, paint.paper) >= 4.5
        assert contrast(text, paint.raised) >= 4.5
    assert contrast(paint.caution, paint.caution_paper) >= 4.5
    assert contrast(paint.ink, paint.caution_paper) >= 4.5
    for colour in paint.series:
        assert contrast(colour, paint.paper) >= 3


def test_the_page_paint_names_a_variable_of_every_theme() -> None:
    for paint in (LIGHT, DARK):
        variables = {f"var(--{name})" for name in paint.variables()}
        assert {*PAGE.series, *(v for v in vars(PAGE).values() if isinstance(v, str))} == variables


def test_more_variants_than_colours_are_told_apart_by_dashes() -> None:
    names = tuple(f"variant {i}" for i in range(28))

    found = styles(names)

    assert len(set(found.values())) == 28
    assert found["variant 0"].dash == ()


def test_a_page_draws_its_own_legend_and_a_lone_chart_has_one() -> None:
    assert chart_config(PAGE, legend=False)["legend"]["disable"]  # type: ignore[index]
    assert not chart_config(LIGHT, legend=True)["legend"]["disable"]  # type: ignore[index]
