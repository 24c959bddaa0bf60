"use strict";
// The view of a comparison: all versions, then each against the first.

const SERIES = ["first", "second", "fifth", "third", "fourth", "bad"];
const CHANGES = { added: "+", removed: MINUS, flipped: "\u21c4" };

class CompareView {
  constructor() {
    this.versions = h("div", { class: "card" });
    this.notes = h("div");
    this.curves = new Figure(curvesChart());
    this.pick = h("div", { class: "screen" });
    this.verdict = h("div");
    this.units = new Figure(drawsChart("units", "Difference in units", "units"));
    this.rates = new Figure(drawsChart("hit_rate", "Difference in hit rate", "percentage points"));
    this.parts = new Figure(partsChart());
    this.steps = new Figure(stepsChart());
    this.stepRows = h("div", { class: "card" });
    this.table = new DataTable(this.differencesTable());
    this.sections = [
      ["versions", "Versions", [this.notes, h("div", { class: "stack" }, this.versions, this.curves.element)]],
      ["real", "Is it real?", [this.pick, this.verdict, h("div", { class: "grid" }, this.units.element, this.rates.element)]],
      ["parts", "What differs", [h("div", { class: "grid one" }, this.parts.element)]],
      ["steps", "Where they part", [
        h("p", { class: "lead" }, "The step of the pipeline that makes the difference, proved by deciding again with only that step changed."),
        h("div", { class: "stack" }, this.steps.element, this.stepRows)]],
      ["picks", "Picks that differ", [this.table.element]],
    ];
  }

  title(page) {
    const names = page.versions.map(({ version }) => version);
    return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  }

  about(page) {
    return [`Comparison over ${plural(page.dates.length, "slate")}, ${page.from} to ${page.to}, units at ${page.odds}`];
  }

  update(page) {
    this.page = page;
    const rows = page.versions.map((version, place) => [
      h("span", {}, h("i", { style: `display:inline-block;width:14px;height:3px;margin-right:7px;vertical-align:4px;background:var(--${SERIES[place % SERIES.length]})`, "aria-hidden": "true" }), version.version),
      count(version.candidates), count(version.picks.count), count(version.slates_without_picks), wlp(version.picks), count(version.picks.voids + version.picks.ungraded),
      rate(version.picks), between(version.picks.interval), unitsOf(version.picks), version.roi === null ? NONE : `${signed(version.roi, 1)} %`,
      ...(version.picks.hit_rate === null ? [NONE, NONE, NONE] : [signed(version.units_per_slate), count(version.longest_losing_run), twoDigits(version.max_drawdown)])]);
    this.versions.replaceChildren(table(["Version", ">Candidates", ">Picks", ">No pick", ">W-L-P", ">Void, ungraded", ">Hit rate", ">95 %, %", ">Units", ">ROI", ">A slate", ">Losing run", ">Drawdown"], rows, { focus: true }));
    const leftOut = [...new Set(page.left_out.map(({ date }) => date))];
    const first = page.left_out[0];
    const missing = leftOut.length ? [`Left out ${plural(leftOut.length, "slate")}, the first: ${first.version} has ${first.missing} on ${first.date}.`] : [];
    this.notes.replaceChildren(...[notes([...missing, ...page.warnings])].filter(Boolean));
    this.curves.update(page);
    const several = page.pairs.length > 1;
    this.pick.hidden = !several;
    if (several) {
      const select = h("select", { "aria-label": "Which pair", onchange: () => this.choose(Number(select.value)) }, page.pairs.map(({ a, b }, place) => h("option", { value: place }, `${a} \u2192 ${b}`)));
      this.pick.replaceChildren(h("p", { class: "bar" }, h("span", {}, "What follows is of"), select));
    }
    this.choose(0);
  }

  choose(place) {
    const pair = this.page.pairs[place];
    this.pair = pair;
    const said = (name, of, unit) => (of
      ? [name, `${signed(of.difference)} ${unit}`, `95 % from ${between(of.interval, signed)}; p ${pValue(of.p)}${of.p_adjusted === null ? "" : `, ${pValue(of.p_adjusted)} adjusted for several`}`]
      : [name, NONE, "nothing was decided by one of them"]);
    this.verdict.replaceChildren(...[
      h("p", { class: "lead" }, `${pair.b} minus ${pair.a}: slates drawn with replacement ${count(this.page.draws)} times (seed ${this.page.seed}), for both versions the same ones. A difference whose interval holds zero may well be none.`),
      tiles([
        said("Units", pair.units, "u"),
        said("Hit rate", pair.hit_rate, "points"),
        ["Slates to see it", pair.slates_to_see === null ? NONE : count(pair.slates_to_see), "for a difference in units of this size, with a chance of 80 % at 5 %"],
        ["Picks that differ", count(pair.differences.date.length), `${count(pair.kept.count)} are the same`],
      ]),
      notes(pair.cautions),
    ].filter(Boolean));
    [this.units, this.rates, this.parts, this.steps].forEach((figure) => figure.update(pair));
    this.stepRows.hidden = !pair.steps.length;
    this.stepRows.replaceChildren(stepTable(pair));
    ["a", "b"].forEach((side, place) => { this.table.parts.columns[3 + place].label = pair[side]; });
    this.table.update(pair.differences.date.length);
  }

  differencesTable() {
    const of = (name) => (i) => this.pair.differences[name][i];
    const [change, date, player, step] = ["change", "date", "player", "step"].map(of);
    const bet = (side, i) => {
      const bets = this.pair.differences[side];
      return bets.side[i] === null ? null : { side: bets.side[i], line: bets.line[i], edge: bets.edge[i], model: bets.model[i], outcome: bets.outcome[i] };
    };
    const either = (i) => bet("b", i) || bet("a", i);
    const said = (one) => (one ? h("span", {}, h("span", { style: "white-space:nowrap" }, `${one.side} ${oneDigit(one.line)}`), " ", h("span", { class: { WIN: "W", LOSS: "L" }[one.outcome] || "soft" }, one.outcome)) : NONE);
    const text = (one) => (one ? `${one.side} ${String(one.line).padStart(5, "0")} ${one.outcome} ${one.model}` : "");
    const words = (i) => stepWords(this.pair.steps[step(i)]);
    return {
      name: "picks that differ", placeholder: "Player, date, step, model\u2026", sort: [1, false],
      none: "Both pick the same.",
      columns: [
        { label: "Player", first: true, value: player },
        { label: "Date", value: date, show: (i) => day(date(i)) },
        { label: "Change", value: change, show: (i) => h("span", { title: change(i) }, CHANGES[change(i)], h("span", { class: "less" }, ` ${change(i)}`)) },
        { label: "First version", less: true, value: (i) => text(bet("a", i)) || null, show: (i) => said(bet("a", i)) },
        { label: "Other version", value: (i) => text(bet("b", i)) || null, show: (i) => said(bet("b", i)) },
        { label: "Edge, points", number: true, less: true, value: (i) => either(i).edge, show: (i) => signed(either(i).edge, 1) },
        { label: "Step", number: true, less: true, value: (i) => step(i) + 1 },
      ],
      text: (i) => [player(i), date(i), change(i), text(bet("a", i)), text(bet("b", i)), words(i)].join(" "),
      filters: [{ label: "Change", options: [["", "All changes"], ...Object.keys(CHANGES).map((name) => [name, name])], keep: (value, i) => change(i) === value }],
      said: (order) => plural(order.length, "pick"),
      detail: (i) => {
        const row = (name, one) => one && [name, `${one.side} ${oneDigit(one.line)}`, signed(one.edge, 1), one.model, one.outcome];
        return h("div", { class: "trace" },
          table(["", "Bet", ">Edge", "Model", "Outcome"], [row(this.pair.a, bet("a", i)), row(this.pair.b, bet("b", i))].filter(Boolean)),
          h("p", {}, h("b", {}, `Step ${step(i) + 1}: `), words(i)));
      },
    };
  }
}

function stepWords(step) {
  if (!step.traced) return `not traced to fewer than all ${step.steps.length} steps: ${step.steps.join("; ")}`;
  return step.steps.length === 1 ? step.steps[0] : `only together: ${step.steps.join("; ")}`;
}

function curvesChart() {
  return {
    title: "Cumulative units",
    about: (page) => `Running total after each slate, one unit staked on each pick.${page.versions.length === 2 ? ` Below: ${page.versions[1].version} minus ${page.versions[0].version}.` : ""}`,
    key: (page) => key(page.versions.map(({ version }, place) => [SERIES[place % SERIES.length], version])),
    empty: (page) => (page.versions.some(({ picks }) => picks.hit_rate !== null) ? null : "No version has a pick that won or lost, so there is no curve."),
    height: (page, width) => (width < NARROW ? 340 : 430) - (page.versions.length === 2 ? 0 : 110),
    label: (page) => `Cumulative units: ${page.versions.map(({ version, picks }) => `${version} ends at ${signed(picks.units)}`).join(", ")}.`,
    option: (page, width) => {
      const left = width < NARROW ? 46 : 58;
      const isPair = page.versions.length === 2;
      const grids = isPair ? [{ left, right: 70, top: 26, height: "56%" }, { left, right: 70, bottom: 42, height: "20%" }] : [{ left, right: 70, top: 26, bottom: 42 }];
      const difference = (i) => page.curves[1].total[i] - page.curves[0].total[i];
      const lines = page.versions.map(({ version }, place) => ({
        id: version, name: version, type: "line", xAxisIndex: 0, yAxisIndex: 0, symbol: page.dates.length > 1 ? "none" : "circle", symbolSize: 9,
        lineStyle: { width: 2.5, color: Theme.colour(SERIES[place % SERIES.length]), type: place % 2 ? "solid" : [6, 3] }, itemStyle: { color: Theme.colour(SERIES[place % SERIES.length]) },
        endLabel: { show: true, color: Theme.colour("ink"), fontWeight: 600, formatter: () => signed(page.curves[place].total.at(-1)) }, labelLayout: { hideOverlap: true },
        markLine: place ? undefined : zeroLine(),
        data: page.dates.map((date, i) => [date, page.curves[place].total[i]]),
      }));
      const under = { id: "difference", name: "difference", type: "line", xAxisIndex: 1, yAxisIndex: 1, symbol: page.dates.length > 1 ? "none" : "circle", symbolSize: 9, lineStyle: { width: 1.5, color: Theme.colour("neutral") },
        itemStyle: { color: Theme.colour("neutral") }, areaStyle: { color: Theme.colour("neutral"), opacity: 0.25 }, markLine: zeroLine(), data: page.dates.map((date, i) => [date, isPair ? difference(i) : 0]) };
      return {
        tooltip: tooltip({ trigger: "axis", formatter: ([{ dataIndex: i }]) => tip(page.dates[i],
          ...page.versions.map(({ version }, place) => `${version}: ${units(page.curves[place].total[i])} after ${plural(page.curves[place].picks[i], "pick")} here`),
          isPair && `difference ${units(difference(i))}`) }),
        axisPointer: { link: [{ xAxisIndex: "all" }] },
        grid: grids,
        xAxis: isPair ? [timeAxis({ gridIndex: 0, axisLabel: { show: false } }), timeAxis({ gridIndex: 1, name: "slate", nameLocation: "middle", nameGap: 26 })] : [timeAxis({ name: "slate", nameLocation: "middle", nameGap: 26 })],
        yAxis: [axis({ type: "value", gridIndex: 0, name: "total, units", nameTextStyle: { align: "left" } }),
          ...(isPair ? [axis({ type: "value", gridIndex: 1, name: "difference, units", nameTextStyle: { align: "left" }, splitNumber: 2 })] : [])],
        series: isPair ? [...lines, under] : lines,
      };
    },
    table: (page) => table(["Slate", ...page.versions.flatMap(({ version }) => [`>${version}, picks`, `>${version}, total units`])],
      page.dates.map((date, i) => [date, ...page.curves.flatMap((curve) => [count(curve.picks[i]), signed(curve.total[i])])])),
  };
}

/** The draws of the bootstrap for one measure. */
function drawsChart(measure, title, unit) {
  const ends = ({ low, width, counts }) => counts.map((n, bin) => [low + bin * width, low + (bin + 1) * width, n]);
  return {
    title,
    about: (pair) => `${pair.b} minus ${pair.a} in every draw; shaded: 95 % of the draws.`,
    empty: (pair) => {
      if (!pair[measure]) return "Nothing was decided by one of them, so there is no difference to draw.";
      return pair[measure].draws.width ? null : `Every draw comes to the same, ${signed(pair[measure].draws.low)} ${unit}: the slates say nothing of the spread.`;
    },
    height: (pair, width) => (width < NARROW ? 240 : 270),
    label: (pair) => `${title}: ${signed(pair[measure].difference)} ${unit}, 95 % from ${between(pair[measure].interval, signed)}, p ${pValue(pair[measure].p)}.`,
    option: (pair, width) => {
      const { draws, difference, interval } = pair[measure];
      const bins = ends(draws);
      const low = Math.min(0, bins[0][0]);
      const high = Math.max(0, bins.at(-1)[1]);
      const pad = (high - low) * 0.04;
      const line = (value, words, solid) => ({ xAxis: value, lineStyle: { color: Theme.colour(solid ? "ink" : "soft"), type: solid ? "solid" : "dashed", width: solid ? 2 : 1 }, label: { formatter: words, color: Theme.colour(solid ? "ink" : "soft"), position: "end", align: value < low + (high - low) * 0.15 ? "left" : value > high - (high - low) * 0.15 ? "right" : "center" } });
      const isNear = (Math.abs(difference) / (high - low)) * (width - 80) < 150;
      return {
        grid: { left: width < NARROW ? 46 : 56, right: 20, top: 40, bottom: 44 },
        tooltip: tooltip({ formatter: ({ data: [from, to, n] }) => tip(`${signed(from)} to ${signed(to)} ${unit}`, plural(n, "draw")) }),
        xAxis: below(`difference, ${unit}`, { min: low - pad, max: high + pad, axisLabel: { formatter: (value) => signed(Math.round(value * 10) / 10, 1).replace(".0", ""), showMinLabel: false, showMaxLabel: false }, splitLine: false }),
        yAxis: axis({ type: "value", name: "draws", nameLocation: "middle", nameGap: width < NARROW ? 34 : 42 }),
        series: [{
          id: "draws", type: "custom", encode: { x: [0, 1], y: 2 },
          renderItem: (params, api) => {
            const [x1, y1] = api.coord([api.value(0), api.value(2)]);
            const [x2, y2] = api.coord([api.value(1), 0]);
            const inside = api.value(1) > interval.low && api.value(0) < interval.high;
            return { type: "rect", shape: { x: x1, y: y1, width: Math.max(1, x2 - x1 - 1), height: y2 - y1 }, style: { fill: Theme.colour(inside ? "good" : "neutral"), opacity: inside ? 0.85 : 0.5 } };
          },
          data: bins,
          markArea: { silent: true, itemStyle: { color: Theme.colour("good"), opacity: 0.09 }, data: [[{ xAxis: interval.low }, { xAxis: interval.high }]] },
          markLine: { silent: true, symbol: "none", data: [line(0, isNear ? "" : "no difference", false), line(difference, `as it was ${signed(difference)}`, true)] },
        }],
      };
    },
    table: (pair) => table([`>From, ${unit}`, ">To", ">Draws"], ends(pair[measure].draws).map(([from, to, n]) => [signed(from), signed(to), count(n)])),
  };
}

const partsOf = (pair) => [
  ["kept", pair.kept], ["added", pair.added], ["removed", pair.removed],
  ...(pair.flipped.as_a.count ? [[`flipped, as ${pair.a}`, pair.flipped.as_a], [`flipped, as ${pair.b}`, pair.flipped.as_b]] : []),
];

function partsChart() {
  const kinds = [["wins", "good", "won"], ["losses", "bad", "lost"], ["pushes", "fifth", "push"], ["other", "neutral", "void or ungraded"]];
  const value = (tally, kind) => (kind === "other" ? tally.voids + tally.ungraded : tally[kind]);
  return {
    title: "Kept, added, removed, flipped",
    about: (pair) => `Picks of ${pair.a} and ${pair.b}. Kept: both have it, on the same side. Flipped: both, on different sides.`,
    key: () => key(kinds.map(([, colour, words]) => [colour, words])),
    empty: (pair) => (partsOf(pair).some(([, { count: n }]) => n) ? null : "Neither version picks anything on these slates."),
    height: (pair) => partsOf(pair).length * 44 + 60,
    label: (pair) => `${partsOf(pair).map(([name, tally]) => `${name} ${count(tally.count)}, ${wlp(tally)}, ${unitsOf(tally)} units`).join("; ")}.`,
    option: (pair, width) => {
      const parts = partsOf(pair);
      const wide = Math.min(150, Math.round(width * 0.32));
      return {
        grid: { left: wide + 14, right: width < NARROW ? 74 : 230, top: 6, bottom: 44 },
        tooltip: tooltip({ trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => {
          const [name, tally] = parts[dataIndex];
          return tip(name, plural(tally.count, "pick"), `W-L-P ${wlp(tally)}, ${count(tally.voids + tally.ungraded)} void or ungraded`, `hit rate ${rate(tally)}`, `${unitsOf(tally)} units`);
        } }),
        xAxis: below("picks", { minInterval: 1, splitNumber: width < NARROW ? 3 : 5 }),
        yAxis: names(parts.map(([name, tally]) => `${name}\n{n|${plural(tally.count, "pick")}}`), wide),
        series: [
          ...kinds.map(([kind, colour, words]) => ({ id: kind, name: words, type: "bar", stack: "picks", barWidth: 18, itemStyle: { color: Theme.colour(colour) }, data: parts.map(([, tally]) => value(tally, kind)) })),
          { id: "words", type: "bar", stack: "picks", silent: true, data: parts.map(() => 0), label: { show: true, position: "right", color: Theme.colour("ink"), fontSize: 12,
            formatter: ({ dataIndex }) => { const [, tally] = parts[dataIndex]; return tally.hit_rate === null ? "nothing decided" : width < NARROW ? units(tally.units) : `${rate(tally)}, ${units(tally.units)}`; } } },
        ],
      };
    },
    table: (pair) => table(["", ">Count", ">W-L-P", ">Hit rate", ">95 %, %", ">Units"], partsOf(pair).map(([name, tally]) => [name, count(tally.count), wlp(tally), rate(tally), between(tally.interval), unitsOf(tally)])),
  };
}

/** How many steps are drawn; the table below has all. */
const STEPS = 12;

function stepsChart() {
  const drawn = (pair) => pair.steps.slice(0, STEPS);
  const name = (step, place, most) => `${place + 1}  ${shortened(stepWords(step), most)}`;
  return {
    title: "Picks by step",
    about: (pair) => `To the right: picks that only ${pair.b} has, to the left: that only ${pair.a} has, each with its units.${pair.steps.length > STEPS ? ` The first ${STEPS} of ${count(pair.steps.length)} steps.` : ""} The numbers are those of the list below.`,
    key: (pair) => key([["good", `added by ${pair.b}`], ["bad", `removed from ${pair.a}`], ["fifth", "flipped"]]),
    empty: (pair) => (pair.steps.length ? null : "Both pick the same, so they part nowhere."),
    height: (pair) => drawn(pair).length * 34 + 60,
    label: (pair) => `${drawn(pair).map((step, place) => `Step ${place + 1}: ${count(step.added.count)} added, ${count(step.removed.count)} removed, ${count(step.flipped)} flipped`).join("; ")}.`,
    option: (pair, width) => {
      const steps = drawn(pair);
      const wide = width < NARROW ? 26 : Math.round(width * 0.42);
      const room = width < NARROW ? 2.4 : 1.5;
      const most = Math.max(1, ...steps.map((step) => Math.max(step.added.count + step.flipped, step.removed.count)));
      const label = (position, tally) => ({ show: true, position, color: Theme.colour("ink"), fontSize: 12, formatter: ({ dataIndex }) => { const of = steps[dataIndex][tally]; return of.count ? `${count(of.count)}, ${of.hit_rate === null ? "none decided" : units(of.units)}` : ""; } });
      return {
        grid: { left: wide + 14, right: 16, top: 6, bottom: 44 },
        tooltip: tooltip({ trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => {
          const step = steps[dataIndex];
          return tip(`Step ${dataIndex + 1}`, shortened(stepWords(step), 200), step.added.count && `added ${count(step.added.count)}: hit rate ${rate(step.added)}, ${unitsOf(step.added)} units`, step.removed.count && `removed ${count(step.removed.count)}: hit rate ${rate(step.removed)}, ${unitsOf(step.removed)} units`, step.flipped && `flipped ${count(step.flipped)}`);
        } }),
        xAxis: below("picks removed \u2190  \u2192 picks added", { min: -most * room, max: most * room, minInterval: 1, axisLabel: { formatter: (value) => count(Math.abs(Math.round(value))), showMinLabel: false, showMaxLabel: false }, splitNumber: 4 }),
        yAxis: names(steps.map((step, place) => (width < NARROW ? String(place + 1) : name(step, place, 90))), wide, { axisLabel: { align: "left", margin: wide + 4 } }),
        series: [
          { id: "removed", type: "bar", stack: "picks", barWidth: 14, itemStyle: { color: Theme.colour("bad") }, data: steps.map((step) => (step.removed.count ? -step.removed.count : null)), label: label("left", "removed") },
          { id: "flipped", type: "bar", stack: "picks", itemStyle: { color: Theme.colour("fifth") }, data: steps.map((step) => step.flipped || null) },
          { id: "added", type: "bar", stack: "picks", itemStyle: { color: Theme.colour("good") }, data: steps.map((step) => step.added.count || null), label: label("right", "added") },
        ],
      };
    },
    table: (pair) => stepTable(pair),
  };
}

const stepTable = (pair) => table([">#", "Step", ">Added", ">W-L-P", ">Units", ">Removed", ">W-L-P", ">Units", ">Flipped"], pair.steps.map((step, place) => {
  const of = (tally) => (tally.count ? [count(tally.count), wlp(tally), unitsOf(tally)] : [NONE, NONE, NONE]);
  return [count(place + 1), h("div", { class: "words" }, stepWords(step)), ...of(step.added), ...of(step.removed), step.flipped ? count(step.flipped) : NONE];
}), { focus: true });
