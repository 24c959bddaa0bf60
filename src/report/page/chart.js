"use strict";
// Charts: each a figure with a title, what it says, the drawing, and the same as a table. A figure is made once; new data
// go into the same instance.

const charts = new Set();

// What is out of sight is drawn after what is in it, a little at a time, so that the page answers in between.
const waiting = new Set();

function wait(figure) {
  if (!waiting.size) setTimeout(drawWaiting);
  waiting.add(figure);
}

function drawWaiting() {
  const began = performance.now();
  for (const figure of waiting) {
    figure.draw();
    if (performance.now() - began > 20) break;
  }
  if (waiting.size) setTimeout(drawWaiting);
}

/** Below this width labels move and charts stand upright. */
const NARROW = 560;

class Figure {
  /**
   * title, about: words above the chart; controls: a node beside the title; key: a node below.
   * option(data, width): ECharts' option. height(data, width): pixels. label(data): the chart in a sentence.
   * table(data): a node with the same numbers, or null. empty(data): words instead of a chart, or null.
   */
  constructor(parts) {
    this.parts = parts;
    this.about = h("div", { class: "about" });
    this.box = h("div", { class: "chart", role: "img" });
    this.said = h("p", { class: "empty", hidden: true });
    this.rows = h("div");
    this.more = parts.table && h("details", {}, h("summary", {}, "The same as a table"), this.rows);
    this.key = h("div", {});
    this.element = h("figure", {},
      h("figcaption", {}, h("h3", {}, parts.title), parts.controls, this.about), this.key, this.box, this.said, this.more);
    charts.add(this);
    new ResizeObserver(() => this.resized()).observe(this.box);
    if (this.more) this.more.addEventListener("toggle", () => this.fill());
  }

  update(data) {
    this.data = data;
    const { parts } = this;
    this.about.textContent = typeof parts.about === "function" ? parts.about(data) : parts.about || "";
    const words = parts.empty ? parts.empty(data) : null;
    this.isEmpty = Boolean(words);
    this.said.hidden = !words;
    this.said.textContent = words || "";
    this.box.hidden = this.isEmpty;
    this.key.replaceChildren(...(parts.key && !words ? [parts.key(data)] : []));
    if (this.more) this.more.hidden = this.isEmpty;
    if (!words) this.box.setAttribute("aria-label", parts.label(data));
    this.fill();
    this.place();
    if (this.isNear()) this.draw();
    else wait(this);
  }

  /** Keeps the room that the chart will take. */
  place(paper) {
    const width = this.box.clientWidth && (paper || this.box.clientWidth);
    if (this.isEmpty || !this.data || !width || this.element.closest("details:not([open])")) return 0;
    this.height = this.parts.height(this.data, width);
    this.box.style.height = `${this.height}px`;
    return width;
  }

  /** Whether the reader sees it, or nearly does. */
  isNear() {
    const { top, bottom } = this.box.getBoundingClientRect();
    return bottom > -200 && top < window.innerHeight + 200;
  }

  fill() {
    if (this.more && this.more.open && this.data) this.rows.replaceChildren(this.parts.table(this.data));
  }

  resized() {
    const width = this.box.clientWidth;
    if (width && width !== this.width) this.draw();
  }

  draw(paper) {
    waiting.delete(this);
    const width = this.place(paper);
    if (!width) return;
    this.width = width;
    const { height } = this;
    if (!this.chart) this.chart = echarts.init(this.box, null, { renderer: "svg", width, height });
    else this.chart.resize({ width, height });
    const option = this.parts.option(this.data, width);
    this.chart.setOption({ ...base(), ...option }, { replaceMerge: ["series", "visualMap", "calendar", "grid", "xAxis", "yAxis"] });
  }
}

Theme.listeners.push(() => charts.forEach((figure) => figure.draw()));

// What is inside a part that was closed is drawn when it is opened.
document.addEventListener("toggle", ({ target }) => {
  if (target.open) charts.forEach((figure) => target.contains(figure.element) && figure.draw());
}, true);

/** What all charts have in common. */
function base() {
  const ink = Theme.colour("ink");
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, color: ink },
    tooltip: tooltip({}),
  };
}

function tooltip(more) {
  return {
    confine: true, transitionDuration: 0, className: "tip",
    backgroundColor: Theme.colour("card"), borderColor: Theme.colour("line"), textStyle: { color: Theme.colour("ink"), fontSize: 13 },
    extraCssText: "box-shadow:0 4px 16px rgba(0,0,0,.18);border-radius:8px",
    ...more,
  };
}

/** A tooltip's content: a heading and lines. */
const tip = (heading, ...lines) => h("div", {}, h("b", {}, heading), lines.filter(Boolean).map((line) => h("div", {}, line)));

function axis(more) {
  return {
    axisLine: { lineStyle: { color: Theme.colour("line") } },
    axisTick: { show: false },
    axisLabel: { color: Theme.colour("soft"), fontSize: 12, hideOverlap: true, ...more.axisLabel },
    splitLine: { lineStyle: { color: Theme.colour("line"), opacity: 0.7 }, show: more.splitLine !== false },
    nameTextStyle: { color: Theme.colour("soft"), fontSize: 12, ...more.nameTextStyle },
    ...Object.fromEntries(Object.entries(more).filter(([name]) => !["axisLabel", "splitLine", "nameTextStyle"].includes(name))),
  };
}

/** A value axis below a chart, named in its middle. */
const below = (name, more = {}) => axis({ type: "value", name, nameLocation: "middle", nameGap: 26, ...more });

/** Names down the left side, the first on top. `wide`: how many pixels they may take. */
function names(list, wide, more = {}) {
  return axis({
    type: "category", data: list, inverse: true, splitLine: false,
    ...more,
    axisLabel: { color: Theme.colour("ink"), width: wide, overflow: "truncate", interval: 0, hideOverlap: false, lineHeight: 15,
      rich: { n: { color: Theme.colour("soft"), fontSize: 11, lineHeight: 14 } }, ...more.axisLabel },
  });
}

const timeAxis = (more = {}) => axis({
  type: "time", splitLine: false, minInterval: 864e5, ...more,
  axisLabel: { formatter: { year: "{MMM} {yyyy}", month: "{MMM}", day: "{d} {MMM}" }, ...more.axisLabel },
});

const zeroLine = () => ({
  silent: true, symbol: "none", label: { show: false }, lineStyle: { color: Theme.colour("soft"), type: "solid", width: 1 }, data: [{ yAxis: 0 }],
});

/** The line at which nothing is won or lost. */
const breakEvenLine = (value) => ({
  silent: true, symbol: "none", lineStyle: { color: Theme.colour("soft"), type: "dashed", width: 1 },
  label: { formatter: `even at ${percent(value)}`, color: Theme.colour("soft"), fontSize: 11, position: "start", distance: 4 }, data: [{ xAxis: value }],
});

/**
 * Hit rates with their intervals: rows of {label, n, tallies}, a tally a series; series of {name, colour, hollow}.
 */
function rateOption(rows, series, breakEven, width, options = {}) {
  const wide = options.wide || Math.min(170, Math.round(width * 0.36));
  const intervals = rows.flatMap((row) => row.tallies).filter((tally) => tally && tally.interval).map((tally) => tally.interval);
  const low = Math.max(0, Math.floor(Math.min(breakEven, ...intervals.map((interval) => interval.low)) / 10) * 10);
  const high = Math.min(100, Math.ceil(Math.max(breakEven, ...intervals.map((interval) => interval.high)) / 10) * 10);
  const step = series.length > 1 ? 11 : 0;
  const shift = (place) => (place - (series.length - 1) / 2) * step;
  const points = (place) => rows.map((row, y) => ({ row, y, tally: row.tallies[place] })).filter(({ tally }) => tally && tally.hit_rate !== null);
  const drawn = series.flatMap(({ name, colour, hollow }, place) => {
    const fill = Theme.colour(colour);
    return [
      {
        id: `interval ${name}`, type: "custom", silent: true, z: 2, encode: { x: [0, 1], y: 2 },
        renderItem: (params, api) => {
          const [x1, y] = api.coord([api.value(0), api.value(2)]);
          const [x2] = api.coord([api.value(1), api.value(2)]);
          return { type: "line", shape: { x1, x2, y1: y + shift(place), y2: y + shift(place) }, style: { stroke: fill, lineWidth: hollow ? 1.5 : 3, opacity: hollow ? 0.8 : 0.55, lineCap: "round" } };
        },
        data: points(place).map(({ tally, y }) => [tally.interval.low, tally.interval.high, y]),
      },
      {
        id: name, name, type: "scatter", z: 3, symbolSize: hollow ? 8 : 10, symbolOffset: [0, shift(place)],
        itemStyle: hollow ? { color: Theme.colour("card"), borderColor: fill, borderWidth: 2 } : { color: fill },
        data: points(place).map(({ row, tally, y }) => ({
          value: [tally.hit_rate, y], row, tally, name, itemStyle: row.colour && !hollow ? { color: Theme.colour(row.colour) } : undefined,
        })),
        markLine: place === 0 ? breakEvenLine(breakEven) : undefined,
      },
    ];
  });
  return {
    grid: { left: wide + 14, right: 16, top: 22, bottom: 44 },
    tooltip: tooltip({ formatter: ({ data }) => tip(`${data.row.label}: ${data.name}`, `hit rate ${rate(data.tally)}`,
      `95 % from ${between(data.tally.interval)} %`, `W-L-P ${wlp(data.tally)}`, `${units(data.tally.units)}`, data.row.more) }),
    xAxis: below("hit rate, %", { min: low, max: high }),
    yAxis: names(rows.map((row) => (row.n === undefined ? row.label : `${row.label}\n{n|${row.n}}`)), wide),
    series: drawn,
  };
}

const rateHeight = (rows, least = 120) => Math.max(least, rows * 40 + 66);

/** What a chart may take of A4 or Letter as the style sheet zooms it, in pixels; and one of two side by side. */
const PAPER = { whole: 880, half: 420 };

// On paper everything is light and as wide as the sheet; what was chosen for the screen comes back.
let onScreen = null;
window.addEventListener("beforeprint", () => {
  onScreen = Theme.name();
  Theme.apply("light");
  charts.forEach((figure) => figure.draw(figure.element.matches(".grid:not(.one) > *") ? PAPER.half : PAPER.whole));
});
window.addEventListener("afterprint", () => {
  Theme.apply(onScreen);
  charts.forEach((figure) => figure.draw());
});
