"""How charts and tables look: one theme, colours that colour-blind people can tell apart (Okabe and Ito), rates with their N."""

import functools
import json
import uuid

import altair as alt
import polars as pl
import vl_convert

BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#8c8c8c"

OUTCOMES = {"WIN": BLUE, "LOSS": RED, "PUSH": ORANGE, "VOID": GREY, "UNGRADED": GREY}
"""What came of a bet."""

OUTCOME_SHAPES = {
    "WIN": "circle",
    "LOSS": "cross",
    "PUSH": "square",
    "VOID": "triangle-up",
    "UNGRADED": "triangle-down",
}


def rate(hit_rate: float | None, decided: int) -> str:
    """A hit rate in percent with the number it is of."""
    return "none decided" if hit_rate is None else f"{hit_rate:.1f} % of {decided:,}"


def of_n(picks: dict) -> str:
    """The hit rate of a report's picks, with its N."""
    return rate(picks["hit_rate"], picks["wins"] + picks["losses"])


def p_value(p: float) -> str:
    """A p-value as it is read."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def scale(values: dict[str, str]) -> alt.Scale:
    """A scale that gives each value its own colour or shape."""
    return alt.Scale(domain=list(values), range=list(values.values()))


def rule(value: float, text: str, colour: str = GREY) -> alt.LayerChart:
    """A dashed vertical line with its meaning at the upper end."""
    at = alt.Chart(alt.Data(values=[{"at": value}])).encode(x=alt.X("at:Q"))
    return at.mark_rule(color=colour, strokeDash=[4, 3]) + at.mark_text(
        text=text, color=colour, align="left", dx=4, dy=-6, y=0, fontSize=11
    )


@alt.theme.register("reslate", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    return {
        "config": {
            "font": "sans-serif",
            "background": "white",
            "view": {"continuousWidth": 560, "continuousHeight": 300, "stroke": None},
            "title": {
                "anchor": "start",
                "fontSize": 15,
                "subtitleFontSize": 12,
                "subtitleColor": "#595959",
                "offset": 14,
            },
            "axis": {"gridColor": "#e6e6e6", "labelFontSize": 11, "titleFontSize": 12, "labelLimit": 260},
            "legend": {"labelFontSize": 11, "titleFontSize": 11, "labelLimit": 260},
            "range": {"category": [BLUE, ORANGE, GREEN, RED, SKY, GREY]},
        }
    }


def _offline(spec: dict, **_) -> dict[str, str]:
    """A chart with the charting library beside it: it needs no network, and tells what is under the pointer.

    Altair's own inline template declares the library anew for every chart, which a page with several charts refuses.
    """
    name = f"chart-{uuid.uuid4().hex}"
    data = json.dumps(spec).replace("</", "<\\/")
    draw = f"vegaEmbed('#{name}', {data}, {{mode: 'vega-lite', actions: false}}).catch(console.error);"
    script = f"(() => {{ if (!window.vegaEmbed) {{ {_library()} }} {draw} }})();"
    return {"text/html": f'<div id="{name}"></div><script>{script}</script>'}


@functools.cache
def _library() -> str:
    return vl_convert.javascript_bundle(vl_version=alt.SCHEMA_VERSION.removeprefix("v").rsplit(".", 1)[0])


alt.renderers.register("offline", _offline)
alt.renderers.enable("offline")

pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=40, fmt_str_lengths=100)
