"use strict";
// The view of a search of thresholds.

const FIGURES = {
  units: ["units", signed, "units"],
  roi: ["ROI", (value) => signed(value, 1), "ROI, %"],
  "hit-rate": ["hit rate", oneDigit, "hit rate, %"],
  "lower-bound": ["lower end of the hit rate's interval", oneDigit, "lower bound of the hit rate, %"],
};

class TuneView {
  constructor() {
    this.tiles = h("div");
    this.notes = h("div");
    this.best = h("div", { class: "card" });
    this.which = h("span", { class: "screen" });
    this.heat = new Figure({ ...heatChart(), controls: this.which });
    this.large = h("div");
    this.marginals = h("div", { class: "grid" });
    this.luckTiles = h("div");
    this.luck = new Figure(luckChart());
    this.foldTiles = h("div");
    this.folds = new Figure(foldsChart());
    this.held = h("div");
    this.sections = [
      ["best", "The best cells", [this.tiles, this.notes, this.best]],
      ["luck", "Is it more than luck?", [
        h("p", { class: "lead" }, "The best of many looks good even if none is. The reality check asks how likely the best of as many cells gets as far above the incumbent by luck alone."),
        this.luckTiles, h("div", { class: "grid one" }, this.luck.element)]],
      ["folds", "In and out of sample", [
        h("p", { class: "lead" }, "Chosen on some slates and judged on those that follow: what choosing this way would have brought."),
        this.foldTiles, h("div", { class: "grid one" }, this.folds.element)]],
      ["held", "Held out", [this.held]],
      ["heat", "Two parameters at once", [this.large, h("div", { class: "grid one" }, this.heat.element)]],
      ["curves", "Each parameter", [this.marginals]],
    ];
  }

  title({ tuned }) {
    return `${tuned.version} tuned`;
  }

  about({ tuned, file }) {
    const sample = tuned.sample ? ` of ${count(tuned.cells)}, drawn with seed ${tuned.sample.seed}` : "";
    return [`${plural(tuned.cells_tried, "cell")} tried${sample} over ${plural(tuned.slates, "slate")}, ${tuned.from} to ${tuned.to}, ranked by ${FIGURES[tuned.objective][0]}, units at ${tuned.odds}`,
      `${file}; the incumbent is ${tuned.version}${tuned.changes.length ? ` with ${tuned.changes.join(", ")}` : ""}`];
  }

  update(page) {
    const { tuned } = page;
    this.page = page;
    const [, figure, unit] = FIGURES[tuned.objective];
    const [best] = tuned.top;
    const own = tuned.incumbent;
    this.tiles.replaceChildren(tiles([
      ["Best cell", best ? figure(best.figure) : NONE, best ? `${unit}: ${settings(best.settings)}` : `no cell decided ${count(tuned.min_picks)} picks`],
      ["Incumbent", own.figure === null ? NONE : figure(own.figure), own.place === null ? "too few decided picks to be ranked" : `${unit}: place ${count(own.place)} of ${count(tuned.cells_ranked + (own.cell === null ? 1 : 0))}`],
      ["Around the best", best && best.neighbours ? figure(best.neighbours.mean) : NONE, best && best.neighbours ? `mean of ${plural(best.neighbours.cells, "cell")} one step away, the least ${figure(best.neighbours.min)}` : "no neighbours were ranked"],
      ["Reality check", tuned.luck ? `p ${pValue(tuned.luck.reality_check)}` : NONE, tuned.luck ? `that the best of ${count(tuned.cells_ranked)} gets so far by luck` : "luck was not asked about (--luck on)"],
    ]));
    const leftOut = tuned.left_out.length ? [`Left out ${plural(tuned.left_out.length, "slate")}, the first: ${tuned.left_out[0].missing} on ${tuned.left_out[0].date}.`] : [];
    this.notes.replaceChildren(...[notes([...tuned.cautions, ...leftOut, ...(tuned.warnings ?? [])])].filter(Boolean));
    this.best.replaceChildren(bestTable(tuned));
    this.updateHeat(page);
    this.updateMarginals(page);
    this.updateLuck(tuned);
    this.updateFolds(tuned);
    this.held.replaceChildren(heldOut(tuned));
  }

  updateHeat(page) {
    const { tuned, heatmaps } = page;
    const large = page.too_large.map(([x, y]) => [x, y].map((place) => `${tuned.parameters[place].parameter} (${plural(tuned.parameters[place].values.length, "value")})`).join(" and "));
    this.large.replaceChildren(...[notes(large.map((pair) => `Too many cells to draw: ${pair}; take larger steps.`))].filter(Boolean));
    const show = (place) => this.heat.update({ tuned, page, heatmap: heatmaps[place] });
    const name = (place) => tuned.parameters[place].parameter;
    const select = h("select", { "aria-label": "Which two parameters", onchange: () => show(Number(select.value)) },
      heatmaps.map(({ x, y }, place) => h("option", { value: place }, `${name(x)} across, ${name(y)} down`)));
    this.which.replaceChildren(...(heatmaps.length > 1 ? [select] : []));
    show(0);
  }

  updateMarginals({ tuned }) {
    if (!this.curves) {
      this.curves = tuned.marginals.map(({ parameter }) => new Figure(marginalChart(parameter)));
      this.marginals.append(...this.curves.map(({ element }) => element));
    }
    this.curves.forEach((figure) => figure.update(tuned));
  }

  updateLuck(tuned) {
    const { luck } = tuned;
    this.luckTiles.replaceChildren(luck ? tiles([
      ["Reality check", `p ${pValue(luck.reality_check)}`, `White's, over ${count(tuned.cells_ranked)} cells`],
      ["SPA", luck.spa ? `p ${pValue(luck.spa.consistent)}` : NONE, luck.spa ? `Hansen's, each cell by its own spread; ${pValue(luck.spa.lower)} to ${pValue(luck.spa.upper)}` : "the best cell differs from the incumbent by the same on every slate"],
      ["Draws", count(luck.draws), `of slates in runs of ${oneDigit(luck.block)} on average, seed ${luck.seed}`],
    ]) : "");
    this.luck.update(tuned);
  }

  updateFolds(tuned) {
    const walk = tuned.walk_forward;
    const difference = walk && walk.difference;
    this.foldTiles.replaceChildren(walk ? tiles([
      ["Chosen, out of sample", unitsOf(walk.chosen), `units; hit rate ${rate(walk.chosen)}`],
      ["Incumbent, same slates", unitsOf(walk.incumbent), `units; hit rate ${rate(walk.incumbent)}`],
      ["Difference", difference ? signed(difference.difference) : NONE, difference ? `units; 95 % from ${between(difference.interval, signed)}; p ${pValue(difference.p)}` : "nothing to draw from"],
      ["Folds", count(walk.folds.length), `${walk.expanding ? "all days before" : plural(walk.train_days, "day")}, judged on the next ${plural(walk.test_days, "day")}`],
    ]) : "");
    this.folds.update(tuned);
  }
}

const settings = (of) => Object.entries(of).map(([name, value]) => `${name}=${value}`).join(" ");

function bestTable(tuned) {
  const [, figure] = FIGURES[tuned.objective];
  const row = (place, values, outcome, cell) => [place, ...values.map(String), count(outcome.picks.count), count(tuned.slates - outcome.slates_with_picks), wlp(outcome.picks), rate(outcome.picks), between(outcome.picks.interval),
    unitsOf(outcome.picks), outcome.roi === null ? NONE : `${signed(outcome.roi, 1)} %`, outcome.picks.hit_rate === null ? NONE : twoDigits(outcome.max_drawdown),
    cell && cell.neighbours ? `${figure(cell.neighbours.mean)}, ${figure(cell.neighbours.min)}` : NONE, pValue(cell && cell.p), pValue(cell && cell.p_adjusted)];
  const rows = tuned.top.map((cell) => row(count(cell.place), tuned.parameters.map(({ parameter }) => cell.settings[parameter]), cell, cell));
  const own = tuned.incumbent;
  rows.push(row(own.place === null ? "incumbent" : `${count(own.place)}, incumbent`, tuned.parameters.map(({ incumbent }) => incumbent), own, null));
  const heads = ["Place", ...tuned.parameters.map(({ parameter }) => `>${parameter}`), ">Picks", ">No pick", ">W-L-P", ">Hit rate", ">95 %, %", ">Units", ">ROI", ">Drawdown", ">Around: mean, least", ">p", ">p adjusted"];
  return h("div", {}, table(heads, rows, { own: rows.length - 1, focus: true }),
    h("p", { class: "soft", style: "margin:8px 0 0;font-size:13px" }, "p: of its units against the incumbent's, by itself; adjusted: for all ranked cells (Benjamini-Hochberg). Around: the cells one step away in one parameter."));
}

function heatChart() {
  const texts = (parameter) => parameter.values.map(String);
  const about = ({ tuned, heatmap }) => {
    const [, , unit] = FIGURES[tuned.objective];
    if (!heatmap) return "";
    const others = heatmap.others.length ? ` All others as in the best cell: ${heatmap.others.join(", ")}.` : "";
    return `Colour: ${unit}. \u2605 the best cell, \u25cb the incumbent${heatmap.incumbent ? "" : " (its values are not both among those tried)"}; grey: not tried, or fewer than ${count(tuned.min_picks)} decided picks.${others}`;
  };
  return {
    title: "The figure over two parameters",
    about,
    empty: ({ tuned, heatmap }) => {
      if (!tuned.top.length) return `No cell decided ${count(tuned.min_picks)} picks, so none is ranked.`;
      if (heatmap) return null;
      return tuned.parameters.length > 1 ? "All pairs have too many cells to draw." : "Only one parameter was tried: its curve is below.";
    },
    height: ({ tuned, heatmap }) => Math.max(190, Math.min(560, tuned.parameters[heatmap.y].values.length * 34)) + 104,
    label: ({ tuned, heatmap }) => `Heatmap of ${FIGURES[tuned.objective][2]} over ${tuned.parameters[heatmap.x].parameter} and ${tuned.parameters[heatmap.y].parameter}; best at ${heatmap.best.join(", ")}. The table below has the numbers.`,
    option: ({ tuned, heatmap }, width) => {
      const [, figure, unit] = FIGURES[tuned.objective];
      const [x, y] = [tuned.parameters[heatmap.x], tuned.parameters[heatmap.y]];
      const cells = heatmap.figures.flatMap((row, down) => row.map((value, across) => [across, down, value]));
      const ranked = cells.filter(([, , value]) => value !== null);
      const values = ranked.map(([, , value]) => value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const is = (place, across, down) => place && place[0] === across && place[1] === down;
      const room = (width - 140) / x.values.length;
      const mark = (across, down) => (is(heatmap.best, across, down) ? "\u2605" : "") + (is(heatmap.incumbent, across, down) ? "\u25cb" : "");
      const isDark = Theme.name() === "dark";
      // Light ink on the dark end of the scale, dark ink on the light one.
      const ink = (value) => ((high > low ? (value - low) / (high - low) : 1) > 0.55 ? (isDark ? "#10151b" : "#ffffff") : (isDark ? "#e8edf2" : "#16202b"));
      const label = ({ value: [across, down, value] }) => {
        const marks = mark(across, down);
        if (room < 34) return marks;
        return `${value === null ? "" : room < 62 ? signed(Math.round(value), 1).replace(".0", "") : figure(value)}${marks && ` ${marks}`}`;
      };
      return {
        grid: { left: width < NARROW ? 60 : 90, right: 16, top: width < NARROW ? 66 : 44, bottom: 48 },
        tooltip: tooltip({ formatter: ({ data: { value: [across, down, value] } }) => {
          const n = heatmap.decided[down][across];
          return tip(`${x.parameter}=${x.values[across]} ${y.parameter}=${y.values[down]}`, value === null ? (n === null ? "not tried" : `too few decided picks: ${count(n)}`) : `${figure(value)} ${unit}, N ${count(n)}`,
            is(heatmap.best, across, down) && "the best cell", is(heatmap.incumbent, across, down) && "the incumbent");
        } }),
        xAxis: axis({ type: "category", data: texts(x), name: x.parameter, nameLocation: "middle", nameGap: 28, splitLine: false }),
        yAxis: axis({ type: "category", data: texts(y), name: y.parameter, nameLocation: "start", nameTextStyle: { align: "left", padding: [0, 0, 0, -40] }, splitLine: false, inverse: true, nameGap: 12 }),
        visualMap: { type: "continuous", orient: "horizontal", right: 8, top: 0, itemWidth: 10, itemHeight: Math.min(180, width * 0.3), calculable: false, hoverLink: false, dimension: 2, min: low, max: high > low ? high : low + 1, seriesIndex: [0, 1],
          text: [figure(high), figure(low)], textStyle: { color: Theme.colour("soft") }, inRange: { color: [Theme.colour("mid"), Theme.colour("good")] } },
        series: [
          { id: "cells", type: "heatmap", itemStyle: { borderColor: Theme.colour("card"), borderWidth: 2 }, label: { show: true, fontSize: 12, formatter: label },
            data: ranked.filter(([across, down]) => !mark(across, down)).map((value) => ({ value, label: { color: ink(value[2]) } })) },
          { id: "marked", type: "heatmap", z: 3, itemStyle: { borderColor: Theme.colour("ink"), borderWidth: 2 }, label: { show: true, fontSize: 12, fontWeight: 700, formatter: label },
            data: ranked.filter(([across, down]) => mark(across, down)).map((value) => ({ value, label: { color: ink(value[2]) } })) },
          { id: "none", type: "scatter", symbol: "rect", symbolSize: 8, itemStyle: { color: Theme.colour("line") }, data: cells.filter(([, , value]) => value === null).map((value) => ({ value })) },
        ],
      };
    },
    table: ({ tuned, heatmap }) => {
      const [, figure] = FIGURES[tuned.objective];
      const [x, y] = [tuned.parameters[heatmap.x], tuned.parameters[heatmap.y]];
      return table([`${y.parameter} \\ ${x.parameter}`, ...texts(x).map((text) => `>${text}`)], heatmap.figures.map((row, down) => [String(y.values[down]), ...row.map((value) => (value === null ? NONE : figure(value)))]));
    },
  };
}

function marginalChart(parameter) {
  const of = (tuned) => tuned.marginals.find((marginal) => marginal.parameter === parameter);
  const own = (tuned) => tuned.parameters.find((other) => other.parameter === parameter).incumbent;
  const lines = [["best", "best", "good", "circle"], ["beside_best", "beside the best", "fifth", "diamond"], ["mean", "mean", "neutral", "rect"]];
  return {
    title: parameter,
    about: (tuned) => `Mean and best of all cells with each value; beside the best: all else as in the best cell. Dashed: the incumbent's ${own(tuned)}.`,
    key: () => key(lines.map(([, words, colour]) => [colour, words])),
    empty: (tuned) => (of(tuned).points.some(({ mean }) => mean !== null) ? null : "No cell is ranked."),
    height: (tuned, width) => (width < NARROW ? 240 : 270),
    label: (tuned) => `${FIGURES[tuned.objective][2]} by ${parameter}: ${of(tuned).points.map(({ value, best }) => `${value} at best ${best === null ? "none" : FIGURES[tuned.objective][1](best)}`).join("; ")}.`,
    option: (tuned, width) => {
      const [, figure, unit] = FIGURES[tuned.objective];
      const { points } = of(tuned);
      const place = points.findIndex(({ value }) => value === own(tuned));
      return {
        grid: { left: width < NARROW ? 52 : 60, right: 20, top: 28, bottom: 48 },
        tooltip: tooltip({ trigger: "axis", formatter: ([{ dataIndex }]) => {
          const point = points[dataIndex];
          return tip(`${parameter}=${point.value}${dataIndex === place ? ", the incumbent's" : ""}`, ...lines.map(([name, words]) => `${words} ${point[name] === null ? NONE : figure(point[name])}`), plural(point.cells, "ranked cell"));
        } }),
        xAxis: axis({ type: "category", data: points.map(({ value }) => String(value)), name: parameter, nameLocation: "middle", nameGap: 28, splitLine: false, boundaryGap: points.length < 4 }),
        yAxis: axis({ type: "value", scale: true, name: unit, nameTextStyle: { align: "left" } }),
        series: lines.map(([name, words, colour, symbol], at) => ({
          id: name, name: words, type: "line", symbol, symbolSize: 8, showAllSymbol: points.length < 30, lineStyle: { width: 2, color: Theme.colour(colour), type: name === "mean" ? [5, 3] : "solid" }, itemStyle: { color: Theme.colour(colour) },
          data: points.map((point) => point[name]),
          markLine: at || place < 0 ? undefined : { silent: true, symbol: "none", lineStyle: { color: Theme.colour("ink"), type: "dashed" }, label: { show: false }, data: [{ xAxis: place }] },
        })),
      };
    },
    table: (tuned) => table([parameter, ">Ranked cells", ">Mean", ">Best", ">Beside the best"], of(tuned).points.map((point) => {
      const figure = (value) => (value === null ? NONE : FIGURES[tuned.objective][1](value));
      return [`${point.value}${point.value === own(tuned) ? ", incumbent" : ""}`, count(point.cells), figure(point.mean), figure(point.best), figure(point.beside_best)];
    })),
  };
}

function luckChart() {
  const rows = ({ luck, top }) => [
    { label: "reality check", p: luck.reality_check, colour: "first" },
    ...(luck.spa ? [{ label: "SPA", p: luck.spa.consistent, range: [luck.spa.lower, luck.spa.upper], colour: "first" }] : []),
    ...top.slice(0, 10).filter(({ p }) => p !== null).map((cell) => ({ label: `cell ${cell.place}`, p: cell.p_adjusted, single: cell.p, colour: "good", said: settings(cell.settings) })),
  ];
  const FLOOR = 0.0005;
  const least = (p) => Math.max(FLOOR, p);
  return {
    title: "How likely by luck alone",
    about: "Left of the line, luck alone gets as far in fewer than 5 of 100 draws. Cells: filled adjusted for all ranked cells, hollow by itself, as if nothing else had been tried.",
    key: () => key([["first", "the best of all cells", "dot"], ["good", "a cell, adjusted", "dot"], ["good", "a cell by itself", "dot hollow"]]),
    empty: (tuned) => (tuned.luck ? null : "Luck was not asked about: reslate tune --luck on says how far the best of as many cells gets without merit."),
    height: (tuned) => rows(tuned).length * 26 + 70,
    label: (tuned) => `${rows(tuned).map(({ label, p }) => `${label} p ${pValue(p)}`).join("; ")}.`,
    option: (tuned) => {
      const list = rows(tuned);
      return {
        grid: { left: 104, right: 24, top: 24, bottom: 44 },
        tooltip: tooltip({ formatter: ({ data: { row } }) => tip(row.label, row.said, `p ${pValue(row.p)}`, row.range && `${pValue(row.range[0])} to ${pValue(row.range[1])}`, row.single !== undefined && `by itself ${pValue(row.single)}`) }),
        xAxis: axis({ type: "log", min: FLOOR, max: 1, name: "p, log scale", nameLocation: "middle", nameGap: 26, axisLabel: { formatter: (value) => (value < 0.001 ? "" : String(Number(value.toPrecision(1)))) } }),
        yAxis: names(list.map(({ label }) => label), 90),
        series: [
          { id: "range", type: "custom", silent: true, encode: { x: [0, 1], y: 2 }, data: list.map((row, y) => [row, y]).filter(([row]) => row.range || row.single !== undefined).map(([row, y]) => [least(row.range ? row.range[0] : row.single), least(row.range ? row.range[1] : row.p), y]),
            renderItem: (params, api) => { const [x1, y] = api.coord([api.value(0), api.value(2)]); const [x2] = api.coord([api.value(1), api.value(2)]); return { type: "line", shape: { x1, x2, y1: y, y2: y }, style: { stroke: Theme.colour("neutral"), lineWidth: 2 } }; } },
          { id: "single", type: "scatter", symbolSize: 9, data: list.map((row, y) => ({ value: [least(row.single), y], row })).filter(({ row }) => row.single !== undefined), itemStyle: { color: Theme.colour("card"), borderColor: Theme.colour("good"), borderWidth: 2 } },
          { id: "p", type: "scatter", symbolSize: 11, data: list.map((row, y) => ({ value: [least(row.p), y], row, itemStyle: { color: Theme.colour(row.colour) } })),
            markLine: { silent: true, symbol: "none", lineStyle: { color: Theme.colour("soft"), type: "dashed" }, label: { formatter: "0.05", color: Theme.colour("soft"), position: "start" }, data: [{ xAxis: 0.05 }] } },
        ],
      };
    },
    table: (tuned) => table(["", ">p", ">By itself"], rows(tuned).map(({ label, p, single }) => [label, pValue(p), pValue(single)])),
  };
}

function foldsChart() {
  const perSlate = (tally, slates) => (tally && tally.hit_rate !== null && slates ? tally.units / slates : null);
  const bars = [
    ["in", "chosen, in training", "neutral", (fold) => fold.chosen && fold.chosen.train, (fold) => fold.train_slates],
    ["out", "chosen, in test", "good", (fold) => (fold.chosen ? fold.chosen.test : fold.incumbent), (fold) => fold.test_slates],
    ["own", "incumbent, in test", "fifth", (fold) => fold.incumbent, (fold) => fold.test_slates],
  ];
  return {
    title: "Folds",
    about: "Units a slate, so that stretches of different length compare. Choosing flatters: what is chosen does better in training than afterwards.",
    key: () => key(bars.map(([, words, colour]) => [colour, words])),
    empty: ({ walk_forward: walk }) => (walk ? null : "Cells were chosen and judged on the same slates: --train and --test keep them apart."),
    height: (tuned, width) => (width < NARROW ? 280 : 300),
    label: ({ walk_forward: walk }) => `${walk.folds.map((fold) => `Test from ${fold.test.from}: ${bars.map(([, words, , tally]) => `${words} ${tally(fold) ? unitsOf(tally(fold)) : "none"}`).join(", ")}`).join("; ")} units.`,
    option: ({ walk_forward: walk }, width) => ({
      grid: { left: width < NARROW ? 48 : 60, right: 12, top: 28, bottom: 48 },
      tooltip: tooltip({ trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => {
        const fold = walk.folds[dataIndex];
        return tip(`Test ${fold.test.from} to ${fold.test.to}`, fold.chosen ? settings(fold.chosen.settings) : "too few picks in training: the incumbent stays",
          ...bars.map(([, words, , tally, slates]) => tally(fold) && `${words}: ${unitsOf(tally(fold))} units on ${plural(slates(fold), "slate")}, hit rate ${rate(tally(fold))}`));
      } }),
      xAxis: axis({ type: "category", data: walk.folds.map(({ test }) => test.from), name: "first day of the test", nameLocation: "middle", nameGap: 28, splitLine: false }),
      yAxis: axis({ type: "value", name: "units a slate", nameTextStyle: { align: "left" } }),
      series: bars.map(([id, words, colour, tally, slates], at) => ({
        id, name: words, type: "bar", barMaxWidth: 46, barGap: "10%", itemStyle: { color: Theme.colour(colour) }, markLine: at ? undefined : zeroLine(),
        data: walk.folds.map((fold) => perSlate(tally(fold), slates(fold))),
        label: { show: width / walk.folds.length > 180, position: "top", color: Theme.colour("soft"), fontSize: 11, formatter: ({ dataIndex }) => { const of = tally(walk.folds[dataIndex]); return of ? `N ${count(decided(of))}` : ""; } },
      })),
    }),
    table: ({ walk_forward: walk }) => table(["Training", "Test", "Chosen", ">In training", ">Units", ">In test", ">Units", ">Incumbent", ">Units"], walk.folds.map((fold) => {
      const said = (tally) => (tally ? [rate(tally), unitsOf(tally)] : [NONE, NONE]);
      return [`${fold.train.from} to ${fold.train.to}`, `${fold.test.from} to ${fold.test.to}`, fold.chosen ? settings(fold.chosen.settings) : "the incumbent", ...said(fold.chosen && fold.chosen.train), ...said(bars[1][3](fold)), ...said(fold.incumbent)];
    })),
  };
}

function heldOut({ hold_out: held, version }) {
  if (!held) return empty("Nothing was held out: --hold-out keeps the last days out of everything.");
  const where = `${held.from} to ${held.to}, ${plural(held.slates, "slate")}`;
  if (!held.unlocked) return empty(`${where}: locked. --unlock looks at the best cell there, once, when all else is settled.`);
  return h("div", {}, h("p", { class: "lead" }, `${where}, unlocked: once looked at, they are no hold-out any more.`), tiles([
    ["Best cell", unitsOf(held.best), `units; hit rate ${rate(held.best)}`],
    [`Incumbent, ${version}`, unitsOf(held.incumbent), `units; hit rate ${rate(held.incumbent)}`],
  ]));
}
