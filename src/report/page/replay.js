"use strict";
// The view of a replay.

const VERDICTS = {
  KEEP: ["good", "blocks losers"],
  DEMOTE: ["bad", "blocks winners"],
  UNSURE: ["neutral", "no verdict"],
};
const DIMENSIONS = {
  edge: ["By edge", "|edge| in points"],
  direction: ["By side", "the side of the bet"],
  line: ["By line tier", "bench below 12 points, role below 18, starter below 25, star from there"],
  family: ["By model family", "of the model whose prediction became the candidate"],
  signals: ["By signals", "qualifying, without model_health, which always does"],
  month: ["By month", "of the slate"],
  weekday: ["By weekday", "of the slate"],
  venue: ["By venue", "of the player"],
  rest: ["By rest", "since the player's latest game"],
};
const OUTCOMES = ["WIN", "LOSS", "PUSH", "VOID", "UNGRADED"];

class ReplayView {
  constructor() {
    this.tiles = h("div");
    this.warnings = h("div");
    this.units = new Figure(unitsChart());
    this.calendar = new Figure(this.calendarChart());
    this.funnel = new Figure(this.funnelChart());
    this.right = new Figure(blockedChart());
    this.filters = h("div", { class: "card" });
    this.groups = new Map();
    this.groupsBox = h("div", { class: "grid" });
    this.lift = new Figure(liftChart());
    this.fired = new Figure(firedChart());
    this.signals = h("details", { class: "card" });
    this.table = new DataTable(this.picksTable());
    this.sections = [
      ["units", "Units", [this.tiles, this.warnings, h("div", { class: "grid one" }, this.units.element, this.calendar.element)]],
      ["filters", "Filters", [
        h("p", { class: "lead" }, "Every candidate goes through the filters from top to bottom; the first that blocks it is why it is no pick. What was blocked is graded as if it had been bet on, so a filter is right where its blocked candidates lose."),
        h("div", { class: "grid" }, this.funnel.element, this.right.element), h("div", { style: "margin-top:14px" }, this.filters)]],
      ["rates", "Hit rates", [
        h("p", { class: "lead" }, "Filled: the picks. Hollow: all candidates alike, picked or not. Bars are 95 % intervals (Wilson); with few bets they are wide, and say little."),
        this.groupsBox]],
      ["signals", "Signals", [
        h("p", { class: "lead" }, "Of all candidates, picked or not. Lift compares candidates that have the signal with those of the same side and edge that do not."),
        h("div", { class: "grid" }, this.lift.element, this.fired.element), h("div", { style: "margin-top:14px" }, this.signals)]],
      ["picks", "Picks", [
        h("p", { class: "lead screen" }, "Open a row for its full trace. \u201c/\u201d goes to the search; every heading sorts."),
        this.table.element]],
    ];
  }

  title(page) {
    return page.version;
  }

  about(page) {
    const versions = page.traces.versions;
    const only = versions.length === 1 ? versions[0] : null;
    const changes = only && only.changes.length ? ` with ${only.changes.join(", ")}` : "";
    const who = only ? `${only.algorithm_version}${changes}: ${only.summary}` : `each date's own version: ${versions.map(({ version }) => version).join(", ")}`;
    return [`Replay of ${plural(page.slates.date.length, "slate")}, ${page.from} to ${page.to}${page.as_of ? `, as of ${page.as_of}` : ""}`, who];
  }

  /** Shows how the slates went, and leaves the rest as it is. */
  outline(page) {
    this.page = page;
    const { picks, slates } = page;
    this.tiles.replaceChildren(tiles([
      ["Slates", count(slates.date.length), `${count(page.slates_without_picks)} without a pick`],
      ["Picks", count(picks.count), `of ${plural(page.candidates.count, "candidate")}`],
      ["W-L-P", wlp(picks), `${count(picks.voids)} void, ${count(picks.ungraded)} ungraded`],
      ["Hit rate", picks.hit_rate === null ? NONE : percent(picks.hit_rate),
        picks.hit_rate === null ? "nothing was decided" : `of ${count(decided(picks))}; 95 % from ${between(picks.interval)} %`],
      ["Units", unitsOf(picks), `one staked on each, at ${page.odds}; even at ${percent(page.break_even)}`],
      ["ROI", page.roi === null ? NONE : `${signed(page.roi, 1)} %`, "units per unit staked"],
      ["Drawdown", picks.hit_rate === null ? NONE : twoDigits(Math.max(0, ...slates.drawdown)), "units, the largest fall from a peak"],
      ["Losing run", count(page.longest_losing_run), "losses in a row"],
    ]));
    [this.units, this.calendar].forEach((figure) => figure.update(page));
  }

  update(page) {
    this.outline(page);
    this.warnings.replaceChildren(...[notes(page.warnings)].filter(Boolean));
    [this.funnel, this.right, this.lift, this.fired].forEach((figure) => figure.update(page));
    this.filters.replaceChildren(h("h3", {}, "What each filter blocked, and whether that was right"), filterTable(page), h("p", { class: "soft", style: "margin:8px 0 0;font-size:13px" },
      "First: it is the first filter that blocks them. Saved: units at -110 that blocking saved; at random: what blocking as many of each slate by lot would have saved, with the chance (p, Holm) of so unusual a result by lot. Alone: nothing else blocks them. KEEP: below 45 % hit rate; DEMOTE: above 55 %; UNSURE: between, or fewer than ten decided."));
    this.updateGroups(page);
    this.signals.replaceChildren(h("summary", {}, "All signals as a table"), signalTable(page));
    this.table.update(page.traces.picks);
  }

  updateGroups(page) {
    for (const { by, groups } of page.groups) {
      if (!this.groups.has(by)) {
        const figure = new Figure(groupChart(by));
        this.groups.set(by, figure);
      }
      this.groups.get(by).update({ groups, page });
    }
    if (this.groupsBox.children.length) return;
    const first = ["edge", "direction", "line", "family"].filter((by) => this.groups.has(by));
    const others = [...this.groups.keys()].filter((by) => !first.includes(by));
    this.groupsBox.append(...first.map((by) => this.groups.get(by).element));
    if (others.length) {
      const more = h("details", {}, h("summary", {}, "More: by signals, month, weekday, venue and rest"),
        h("div", { class: "grid", style: "margin-top:12px" }, others.map((by) => this.groups.get(by).element)));
      this.groupsBox.after(more);
    }
  }

  calendarChart() {
    this.mode = "Units";
    return {
      title: "Every slate",
      about: () => (this.mode === "Units" ? "Units of each slate. A small square: games, but no pick. Empty: no games." : "Picks of each slate. A small square: games, but no pick. Empty: no games."),
      controls: choice("What the calendar shows", ["Units", "Picks"], (mode) => { this.mode = mode; this.calendar.update(this.page); }),
      empty: (page) => (page.picks.count ? null : `No pick on any of ${plural(page.slates.date.length, "slate")}, so there is nothing to colour.`),
      height: (page, width) => calendars(page).reduce((sum, [from, to]) => sum + calendarSize(from, to, width).height + 36, 30),
      option: (page, width) => calendarOption(page, width, this.mode),
      label: (page) => `Calendar of ${plural(page.slates.date.length, "slate")}, coloured by ${this.mode.toLowerCase()}; ${count(page.slates_without_picks)} have no pick. The table below has the numbers.`,
      table: (page) => slateTable(page.slates),
    };
  }

  funnelChart() {
    const modes = ["Candidates", "Share"];
    let mode = modes[0];
    return {
      title: "The funnel",
      about: () => (mode === modes[0] ? "How many candidates each filter removed, in its order." : "What share of the candidates that reached it each filter removed."),
      controls: choice("What the funnel shows", modes, (chosen) => { mode = chosen; this.funnel.update(this.page); }),
      key: verdictKey,
      height: (page) => funnelRows(page).length * 27 + 58,
      label: (page) => `Funnel from ${plural(page.candidates.count, "candidate")} to ${plural(page.picks.count, "pick")}: ${page.funnel.filter((bar) => bar.first.count).map((bar) => `${bar.filter} removes ${count(bar.first.count)}, ${bar.verdict}`).join("; ")}.`,
      option: (page, width) => funnelOption(page, width, mode === modes[1]),
      table: (page) => table(["Step", ">Count", ">Of what reached it", ""], funnelRows(page).map(({ label, words, said, from, to, reached }) => [label, words, reached ? percent((100 * (to - from)) / reached) : NONE, said])),
    };
  }

  picksTable() {
    const column = (name) => (i) => at(this.page.traces.columns[name], i);
    const [date, player, lookup, outcome, points] = ["game_date", "player", "player_lookup", "outcome", "actual_points"].map(column);
    const [side, line, edge, model, rank, unit] = ["recommendation", "line", "edge", "source_model_id", "rank", "units"].map(column);
    const [team, opponent, home] = ["team", "opponent", "is_home"].map(column);
    const game = (i) => (team(i) ? `${team(i)} ${home(i) ? "v" : "at"} ${opponent(i)}` : NONE);
    const tags = (i) => this.signalTags(i).filter((tag) => tag !== "model_health");
    const name = (i) => player(i) || lookup(i);
    const mark = { WIN: "W", LOSS: "L" };
    return {
      name: "picks", placeholder: "Player, team, date, model, signal\u2026", sort: [1, true],
      none: "No pick: the filters blocked every candidate. The funnel above shows where.",
      columns: [
        { label: "Player", first: true, value: name },
        { label: "Date", value: (i) => `${date(i)} ${String(1000 - rank(i)).padStart(4, "0")}`, show: (i) => day(date(i)) },
        { label: "Game", value: game, less: true },
        { label: "Bet", value: (i) => `${side(i)} ${String(line(i)).padStart(5, "0")}`, show: (i) => h("span", { style: "white-space:nowrap" }, `${side(i)} ${oneDigit(line(i))}`) },
        { label: "Edge, points", number: true, less: true, value: edge, show: (i) => signed(edge(i), 1) },
        { label: "Model", value: model, less: true, show: (i) => h("span", { title: model(i) }, shortened(model(i), 24)) },
        { label: "Signals", number: true, less: true, value: (i) => tags(i).length, show: (i) => h("span", { title: tags(i).join(", ") }, count(tags(i).length)) },
        { label: "Outcome", value: outcome, show: (i) => h("span", { class: mark[outcome(i)] || "soft" }, points(i) === null ? outcome(i) : `${outcome(i)} (${count(points(i))})`) },
        { label: "Units", number: true, less: true, value: unit, show: (i) => (unit(i) === null ? NONE : signed(unit(i))) },
      ],
      text: (i) => [name(i), lookup(i), date(i), team(i), opponent(i), side(i), model(i), outcome(i), column("version")(i), ...this.signalTags(i)].join(" "),
      filters: [
        { label: "Outcome", options: [["", "All outcomes"], ...OUTCOMES.map((text) => [text, text])], keep: (value, i) => outcome(i) === value },
        { label: "Side", options: [["", "Both sides"], ["OVER", "OVER"], ["UNDER", "UNDER"]], keep: (value, i) => side(i) === value },
      ],
      said: (order) => {
        const of = (wanted) => order.reduce((sum, i) => sum + (outcome(i) === wanted ? 1 : 0), 0);
        const [wins, losses, pushes] = ["WIN", "LOSS", "PUSH"].map(of);
        const tally = { wins, losses, pushes, hit_rate: wins + losses ? (100 * wins) / (wins + losses) : null };
        const won = order.reduce((sum, i) => sum + (unit(i) || 0), 0);
        return `${plural(order.length, "pick")}: ${wlp(tally)}, hit rate ${rate(tally)}, ${tally.hit_rate === null ? NONE : units(won)}`;
      },
      detail: (i) => trace(this.page.traces, i, name(i)),
    };
  }

  signalTags(i) {
    const { traces } = this.page;
    const version = traces.versions.find(({ version: id }) => id === at(traces.columns.version, i));
    return version.signals.map(({ signal }) => signal).filter((signal) => at(traces.signals[signal], i) !== null);
  }
}

// Units.

function slateTable(slates) {
  const rows = slates.date.map((date, i) => [date, count(slates.candidates[i]), count(slates.picks[i]),
    `${slates.wins[i]}-${slates.losses[i]}-${slates.pushes[i]}`, signed(slates.units[i]), signed(slates.total[i]), twoDigits(slates.drawdown[i])]);
  return table(["Slate", ">Candidates", ">Picks", ">W-L-P", ">Units", ">Total", ">Below peak"], rows);
}

const noneGraded = (page) => {
  if (!page.picks.count) return `No picks on ${plural(page.slates.date.length, "slate")}, so no units were staked.`;
  return decided(page.picks) ? null : `None of ${plural(page.picks.count, "pick")} won or lost: pushed, void or not graded yet.`;
};

function unitsChart() {
  return {
    title: "Cumulative units",
    about: "Running total after each slate, one unit staked on each pick; below, how far it is under its highest point so far.",
    empty: noneGraded,
    height: (page, width) => (width < NARROW ? 330 : 400),
    label: (page) => `Cumulative units over ${plural(page.slates.date.length, "slate")}: ends at ${signed(page.slates.total.at(-1))} units, largest drawdown ${twoDigits(Math.max(...page.slates.drawdown))} units.`,
    option: ({ slates }, width) => {
      const left = width < NARROW ? 46 : 58;
      const last = slates.date.length - 1;
      return {
        tooltip: tooltip({
          trigger: "axis",
          formatter: ([{ dataIndex: i }]) => tip(slates.date[i], `total ${units(slates.total[i])}`, `this slate ${units(slates.units[i])}, ${plural(slates.picks[i], "pick")}, W-L-P ${slates.wins[i]}-${slates.losses[i]}-${slates.pushes[i]}`, `${twoDigits(slates.drawdown[i])} u below the peak`),
        }),
        axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: Theme.colour("soft") } },
        grid: [{ left, right: 70, top: 26, height: "56%" }, { left, right: 70, bottom: 42, height: "18%" }],
        xAxis: [timeAxis({ gridIndex: 0, axisLabel: { show: false } }), timeAxis({ gridIndex: 1, name: "slate", nameLocation: "middle", nameGap: 26 })],
        yAxis: [axis({ type: "value", gridIndex: 0, name: "total, units", nameTextStyle: { align: "left" } }),
          axis({ type: "value", gridIndex: 1, name: "below peak, units", nameTextStyle: { align: "left" }, splitNumber: 2, max: 0, axisLabel: { formatter: (value) => count(value) } })],
        series: [
          { id: "total", name: "total", type: "line", xAxisIndex: 0, yAxisIndex: 0, symbol: last ? "none" : "circle", symbolSize: 9, lineStyle: { width: 2.5, color: Theme.colour("good") },
            itemStyle: { color: Theme.colour("good") }, areaStyle: { color: Theme.colour("good"), opacity: 0.12 }, markLine: zeroLine(),
            endLabel: { show: true, color: Theme.colour("ink"), fontWeight: 600, formatter: () => signed(slates.total[last]) },
            data: slates.date.map((date, i) => [date, slates.total[i]]) },
          { id: "drawdown", name: "drawdown", type: "line", xAxisIndex: 1, yAxisIndex: 1, symbol: last ? "none" : "circle", symbolSize: 9, lineStyle: { width: 1.5, color: Theme.colour("bad") },
            itemStyle: { color: Theme.colour("bad") }, areaStyle: { color: Theme.colour("bad"), opacity: 0.25 },
            data: slates.date.map((date, i) => [date, -slates.drawdown[i]]) },
        ],
      };
    },
    table: ({ slates }) => slateTable(slates),
  };
}

/** The first and last slate of each season (a season ends before August), so that years do not squeeze each other. */
function calendars({ slates }) {
  const seasons = new Map();
  for (const date of slates.date) {
    const [year, month] = date.split("-").map(Number);
    const season = month < 8 ? year - 1 : year;
    seasons.set(season, [seasons.has(season) ? seasons.get(season)[0] : date, date]);
  }
  return [...seasons.values()];
}

function calendarSize(from, to, width) {
  const weeks = Math.ceil((new Date(to) - new Date(from)) / 6048e5) + 1;
  if (width < NARROW) return { upright: true, height: weeks * 17, cell: ["auto", 17] };
  const side = Math.max(12, Math.min(44, Math.floor((width - 64) / (weeks + 1))));
  const down = Math.min(side, 28);
  return { upright: false, height: down * 7, cell: [side, down] };
}

function calendarOption(page, width, mode) {
  const { slates } = page;
  const inUnits = mode === "Units";
  const value = (i) => (inUnits ? slates.units[i] : slates.picks[i]);
  const picked = slates.date.map((_, i) => i).filter((i) => slates.picks[i] > 0);
  const most = Math.max(1, ...picked.map((i) => Math.abs(value(i))));
  const seasons = calendars(page);
  let top = 54;
  const calendar = seasons.map(([from, to]) => {
    const size = calendarSize(from, to, width);
    const placed = {
      top, left: size.upright ? 56 : 48, right: size.upright ? 20 : undefined, cellSize: size.cell, orient: size.upright ? "vertical" : "horizontal",
      range: [from, to], splitLine: { lineStyle: { color: Theme.colour("soft"), width: 1, opacity: 0.6 } },
      itemStyle: { color: "transparent", borderColor: Theme.colour("line"), borderWidth: 1 },
      dayLabel: { firstDay: 1, color: Theme.colour("soft"), fontSize: 11, nameMap: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] },
      monthLabel: { color: Theme.colour("soft"), fontSize: 12 },
      yearLabel: { show: false },
    };
    top += size.height + 36;
    return placed;
  });
  const season = (date) => seasons.findIndex(([from, to]) => from <= date && date <= to);
  const said = ({ data }) => {
    const i = data.value[2];
    const record = slates.picks[i] ? `${plural(slates.picks[i], "pick")}, W-L-P ${slates.wins[i]}-${slates.losses[i]}-${slates.pushes[i]}, ${units(slates.units[i])}` : "no pick";
    return tip(slates.date[i], record, plural(slates.candidates[i], "candidate"));
  };
  return {
    tooltip: tooltip({ formatter: said }),
    calendar,
    visualMap: {
      type: "continuous", calculable: false, orient: "horizontal", left: "center", top: 0, itemWidth: 10, itemHeight: Math.min(220, width * 0.4), precision: inUnits ? 1 : 0,
      min: inUnits ? -most : 0, max: most, dimension: 1, hoverLink: false, seriesIndex: seasons.map((_, at) => 2 * at),
      text: inUnits ? [`+${oneDigit(most)} units`, `${MINUS}${oneDigit(most)}`] : [`${count(most)} picks`, "0"], textStyle: { color: Theme.colour("soft"), fontSize: 12 },
      inRange: { color: inUnits ? [Theme.colour("bad"), Theme.colour("mid"), Theme.colour("good")] : [Theme.colour("mid"), Theme.colour("good")] },
    },
    series: seasons.flatMap((_, at) => [
      { id: `slates ${at}`, type: "heatmap", coordinateSystem: "calendar", calendarIndex: at, itemStyle: { borderColor: Theme.colour("card"), borderWidth: 1 },
        data: picked.filter((i) => season(slates.date[i]) === at).map((i) => ({ value: [slates.date[i], value(i), i] })) },
      { id: `no pick ${at}`, type: "scatter", coordinateSystem: "calendar", calendarIndex: at, symbol: "rect", symbolSize: 6, itemStyle: { color: Theme.colour("neutral") },
        data: slates.date.map((date, i) => ({ value: [date, 0, i] })).filter(({ value: [date, , i] }) => !slates.picks[i] && season(date) === at) },
    ]),
  };
}

// Filters.

function funnelRows(page) {
  const rows = [{ label: "candidates", from: 0, to: page.candidates.count, colour: "first", words: count(page.candidates.count), said: "all candidates" }];
  let left = page.candidates.count;
  for (const bar of page.funnel) {
    const [colour, words] = VERDICTS[bar.verdict];
    rows.push({ label: bar.filter, from: left - bar.first.count, to: left, reached: left, colour, bar, words: bar.first.count ? `${MINUS}${count(bar.first.count)}` : "0", said: words });
    left -= bar.first.count;
  }
  if (page.beyond_cap) {
    rows.push({ label: page.beyond, from: left - page.beyond_cap, to: left, reached: left, colour: "neutral", words: `${MINUS}${count(page.beyond_cap)}`, said: `passed every filter, ${page.beyond}` });
  }
  rows.push({ label: "picks", from: 0, to: page.picks.count, colour: "first", words: count(page.picks.count), said: "picks" });
  return rows;
}

const verdictKey = () => key(Object.entries(VERDICTS).map(([name, [colour, words]]) => [colour, `${name}: ${words}`]));

function funnelOption(page, width, isShare) {
  const all = funnelRows(page);
  const rows = isShare ? all.filter(({ reached }) => reached !== undefined) : all;
  const wide = Math.min(150, Math.round(width * 0.36));
  const share = ({ from, to, reached }) => (reached ? (100 * (to - from)) / reached : 0);
  const said = ({ dataIndex }) => {
    const row = rows[dataIndex];
    const { label, bar, words } = row;
    if (!bar) return tip(label, `${words} ${row.said}`);
    return tip(label, bar.about, bar.rule && bar.rule !== bar.about && `blocks: ${bar.rule}`, `${words} of ${count(row.reached)} that reached it (${percent(share(row))})`, `hit rate ${rate(bar.first)}`, bar.first.hit_rate === null ? null : `saved ${units(bar.first.saved)}`, `${bar.verdict}: ${row.said}`);
  };
  return {
    grid: { left: wide + 14, right: 62, top: 6, bottom: 44 },
    tooltip: tooltip({ formatter: said }),
    xAxis: isShare
      ? below("removed of what reached it, %", { min: 0, max: 100 })
      : below("candidates left", { axisLabel: { formatter: count }, max: page.candidates.count || 1, splitNumber: width < NARROW ? 2 : 4 }),
    yAxis: names(rows.map(({ label }) => label), wide),
    series: [
      { id: "below", type: "bar", stack: "funnel", silent: true, itemStyle: { color: "transparent" }, data: rows.map(({ from }) => (isShare ? 0 : from)) },
      { id: "removed", type: "bar", stack: "funnel", barWidth: 16, barMinHeight: 2,
        data: rows.map((row) => ({ value: isShare ? share(row) : row.to - row.from, itemStyle: { color: row.to > row.from ? Theme.colour(row.colour) : "transparent" }, label: { formatter: isShare ? percent(share(row)) : row.words } })),
        label: { show: true, position: "right", color: Theme.colour("ink"), fontSize: 12 } },
    ],
  };
}

function blockedChart() {
  const rows = (page) => [
    ...page.funnel.filter((bar) => bar.first.count).map((bar) => ({ label: bar.filter, n: `N ${count(decided(bar.first))}`, tallies: [bar.first], colour: VERDICTS[bar.verdict][0],
      more: `${bar.verdict}, saved ${units(bar.first.saved)}` })),
    { label: "passed", n: `N ${count(decided(page.passed))}`, tallies: [page.passed], colour: "first" },
  ];
  return {
    title: "Was that right?",
    about: "Hit rate of what each filter blocked first, had it been bet on, with 95 % interval (Wilson): left of the line, blocking saved units.",
    key: verdictKey,
    empty: (page) => (rows(page).some(({ tallies: [tally] }) => tally.hit_rate !== null) ? null : "None of the candidates won or lost yet, so no filter can be judged."),
    height: (page) => rateHeight(rows(page).length),
    label: (page) => `Hit rates of blocked candidates: ${rows(page).map(({ label, tallies: [tally] }) => `${label} ${rate(tally)}`).join("; ")}.`,
    option: (page, width) => rateOption(rows(page), [{ name: "blocked first", colour: "neutral" }], page.break_even, width),
    table: (page) => rateTable(rows(page)),
  };
}

const rateTable = (rows) => table(["", ">Hit rate", ">95 %, %", ">W-L-P", ">Units"], rows.flatMap(({ label, tallies }) =>
  tallies.map((tally, place) => [place ? `${label}, all candidates` : label, rate(tally), between(tally.interval), wlp(tally), unitsOf(tally)])));

function filterTable(page) {
  const rows = page.funnel.map((bar) => [
    h("span", { title: bar.about }, bar.filter),
    h("span", { class: "soft" }, bar.rule === null ? bar.about : bar.rule),
    count(bar.first.count), rate(bar.first), between(bar.first.interval), bar.first.hit_rate === null ? NONE : signed(bar.first.saved),
    bar.p === null ? NONE : signed(bar.saved_at_random), pValue(bar.p_adjusted),
    h("span", { class: `tag ${bar.verdict}` }, bar.verdict),
    count(bar.any.count), count(bar.only.count), bar.only.hit_rate === null ? NONE : `${rate(bar.only)}, ${signed(bar.only.saved)}`,
  ]);
  return table(["Filter", "Blocks", ">First", ">Hit rate", ">95 %, %", ">Saved", ">At random", ">p", "Verdict", ">In all", ">Alone", ">Alone: hit rate, saved"], rows, { focus: true });
}

// Hit rates and signals.

function groupChart(by) {
  const [title, about] = DIMENSIONS[by];
  const rows = ({ groups }) => groups.map(({ group, picks, candidates }) => ({
    label: group, n: `N ${count(decided(picks))} of ${count(decided(candidates))}`, tallies: [picks, candidates],
  }));
  return {
    title, about,
    key: () => key([["good", "picks", "dot"], ["neutral", "all candidates", "dot hollow"]]),
    empty: ({ groups }) => (groups.some(({ candidates }) => candidates.hit_rate !== null) ? null : "Nothing was decided: no candidate won or lost."),
    height: (data) => rateHeight(data.groups.length),
    label: (data) => `Hit rates ${title.toLowerCase()}: ${rows(data).map(({ label, tallies: [picks] }) => `${label} ${rate(picks)}`).join("; ")}.`,
    option: (data, width) => rateOption(rows(data), [{ name: "picks", colour: "good" }, { name: "all candidates", colour: "neutral", hollow: true }], data.page.break_even, width),
    table: (data) => rateTable(rows(data)),
  };
}

const firedOnes = (page) => page.signals.filter(({ fired }) => fired.count > 0);
const neverFired = (page) => page.signals.filter(({ fired }) => !fired.count).map(({ signal }) => signal);

function liftChart() {
  const rows = (page) => firedOnes(page).filter(({ lift }) => lift !== null).sort((a, b) => b.lift - a.lift);
  return {
    title: "Lift",
    about: (page) => `Percentage points of hit rate above candidates like them without the signal.${neverFired(page).length ? ` Never fired: ${neverFired(page).join(", ")}.` : ""}`,
    empty: (page) => (rows(page).length ? null : "No signal fired on some candidates and not on others like them, so there is nothing to compare."),
    height: (page) => rows(page).length * 34 + 60,
    label: (page) => `Lift by signal: ${rows(page).map(({ signal, lift, compared }) => `${signal} ${signed(lift, 1)} points of ${count(compared)}`).join("; ")}.`,
    option: (page, width) => {
      const list = rows(page);
      const wide = Math.min(170, Math.round(width * 0.38));
      const most = Math.max(1, ...list.map(({ lift }) => Math.abs(lift)));
      return {
        grid: { left: wide + 14, right: 20, top: 6, bottom: 44 },
        tooltip: tooltip({ formatter: ({ dataIndex }) => {
          const row = list[dataIndex];
          return tip(row.signal, row.about, `with it ${percent(row.without + row.lift)}, like them without ${percent(row.without)}`, `lift ${signed(row.lift, 1)} points of ${count(row.compared)} compared`);
        } }),
        xAxis: below("lift, percentage points", { min: -most * 1.6, max: most * 1.6, axisLabel: { formatter: (value) => signed(Math.round(value), 1).replace(".0", ""), showMinLabel: false, showMaxLabel: false } }),
        yAxis: names(list.map(({ signal, compared }) => `${signal}\n{n|N ${count(compared)}}`), wide, { axisLine: { show: false } }),
        series: [{
          id: "lift", type: "bar", barWidth: 12,
          data: list.map(({ lift }) => ({ value: lift, itemStyle: { color: Theme.colour(lift < 0 ? "bad" : "good") }, label: { position: lift < 0 ? "left" : "right" } })),
          label: { show: true, formatter: ({ value }) => signed(value, 1), color: Theme.colour("ink"), fontSize: 12 },
        }],
      };
    },
    table: (page) => table(["Signal", ">Lift, points", ">Compared"], rows(page).map(({ signal, lift, compared }) => [signal, signed(lift, 1), count(compared)])),
  };
}

function firedChart() {
  const rows = (page) => firedOnes(page).sort((a, b) => b.fired.count - a.fired.count)
    .map(({ signal, fired, about }) => ({ label: signal, n: `fired ${count(fired.count)}, N ${count(decided(fired))}`, tallies: [fired], more: about }));
  return {
    title: "Where they fired",
    about: "Hit rate of the candidates on which each signal qualified, with 95 % interval (Wilson).",
    empty: (page) => (rows(page).length ? null : "No signal qualified on any candidate."),
    height: (page) => rateHeight(rows(page).length),
    label: (page) => `Hit rates where signals fired: ${rows(page).map(({ label, tallies: [fired] }) => `${label} fired ${count(fired.count)}, ${rate(fired)}`).join("; ")}.`,
    option: (page, width) => rateOption(rows(page), [{ name: "fired", colour: "good" }], page.break_even, width, { wide: Math.min(180, Math.round(width * 0.4)) }),
    table: (page) => rateTable(rows(page)),
  };
}

function signalTable(page) {
  const mostly = (row) => Object.entries(row.fired_with).sort((a, b) => b[1] - a[1]).slice(0, 2).map(([name, n]) => `${name} ${count(n)}`).join(", ");
  const rows = page.signals.map((row) => [h("span", { title: row.about }, row.signal), count(row.fired.count), rate(row.fired), between(row.fired.interval), unitsOf(row.fired),
    row.without === null ? NONE : percent(row.without), row.lift === null ? NONE : signed(row.lift, 1), count(row.compared), mostly(row) || NONE]);
  return table(["Signal", ">Fired", ">Hit rate", ">95 %, %", ">Units", ">Like them", ">Lift", ">Of", "Mostly with"], rows, { focus: true });
}

// The trace of a pick.

function trace(traces, i, name) {
  const value = (column) => at(traces.columns[column], i);
  const version = traces.versions.find(({ version: id }) => id === value("version"));
  const command = `reslate explain ${value("game_date")} ${value("player_lookup")} --version ${version.version}`;
  return h("div", { class: "trace", role: "region", "aria-label": `Trace of ${name}, ${value("game_date")}` },
    h("p", {}, h("b", {}, `${name}, ${value("recommendation")} ${oneDigit(value("line"))}: `), `predicted ${shown(value("predicted_points"))} points by ${value("source_model_id")}`,
      value("source_model_family") ? ` (${value("source_model_family")})` : "", `, edge ${signed(value("edge"), 1)}, confidence ${shown(value("confidence_score"))}, feature quality ${shown(value("feature_quality_score"))}. `,
      `Picked by ${version.version}, rank ${value("rank")}${version.cap === "off" ? "" : ` of at most ${version.cap}`}, score ${shown(value("composite_score"))}. `,
      h("span", { class: { WIN: "W", LOSS: "L" }[value("outcome")] || "soft" }, value("actual_points") === null ? `Afterwards: ${value("outcome")}.` : `Afterwards: ${value("outcome")}, ${value("actual_points")} points.`)),
    value("no_earlier_game") ? h("p", { class: "soft" }, `No game of the season before the slate: the team is not known, so that ${value("opponent")}, the home team, counts as the opponent and the player as the visitor, as in production.`) : "",
    h("div", { class: "two" },
      h("div", {}, h("h4", {}, "Signals"), traceSignals(traces, version, i)),
      h("div", { class: "stack" },
        h("div", {}, h("h4", {}, "Filters: none blocks"), traceFilters(traces, version, i)),
        h("div", {}, h("h4", {}, `Bids of the models${value("source_tie") ? "; several had the same edge" : ""}`), traceBids(traces, i)),
        h("div", {}, h("h4", {}, "Combo"), h("p", {}, traceCombo(value))))),
    h("details", {}, h("summary", {}, "Features"), traceFeatures(traces, i)),
    h("p", { class: "soft screen" }, "With the rows that features were read from: ", h("code", {}, command)));
}

function traceSignals(traces, version, i) {
  const rows = version.signals.map(({ signal, about, inputs, thresholds }) => {
    const confidence = at(traces.signals[signal], i);
    const seen = inputs.map((name) => `${name} ${shown(at(traces.values[name], i))}`).join(", ");
    const limits = thresholds.map(({ parameter, value }) => `${parameter.replace(`${signal}.`, "")} ${shown(value)}`).join(", ");
    return { qualifies: confidence !== null, cells: [
      h("span", { class: confidence === null ? "soft" : "W", title: about }, confidence === null ? signal : `\u2713 ${signal}`),
      confidence === null ? NONE : confidence.toFixed(3), h("span", {}, seen, limits && h("span", { class: "soft" }, ` [${limits}]`))] };
  });
  rows.sort((a, b) => b.qualifies - a.qualifies);
  return table(["Signal", ">Confidence", "Looked at [thresholds]"], rows.map(({ cells }) => cells));
}

function traceFilters(traces, version, i) {
  const rows = version.filters.map(({ filter, about, threshold, unit, rule, is_on: isOn, inert }) => {
    const judged = at(traces.filters[filter], i);
    const result = !isOn ? "off" : judged === null ? "n/a" : "passes";
    const margin = typeof judged === "number" && typeof threshold === "number" ? `${shown(Math.abs(judged - threshold))} ${unit === "percent" ? "%" : unit || ""}` : NONE;
    return [h("span", { title: about }, filter), h("span", { class: result === "passes" ? "" : "soft" }, result), judged === null ? NONE : shown(judged), inert || rule, margin];
  });
  return table(["Filter", "Result", ">Value", "Blocks", ">Margin"], rows);
}

function traceBids({ bids }, i) {
  const first = bids.counts.slice(0, i).reduce((sum, n) => sum + n, 0);
  const weighed = (bid) => at(bids.columns.weight, bid);
  const places = Array.from({ length: bids.counts[i] }, (_, n) => first + n);
  const hasWeights = places.some((bid) => weighed(bid) !== null);
  const rows = places.map((bid) => {
    const value = (name) => at(bids.columns[name], bid);
    return [h("span", { class: value("won") ? "W" : "" }, `${value("won") ? "\u2713 " : ""}${value("system_id")}`), shown(value("predicted_points")), oneDigit(value("line")), signed(value("edge"), 1),
      shown(value("confidence_score")), ...(hasWeights ? [shown(weighed(bid))] : [])];
  });
  return table(["Model", ">Predicted", ">Line", ">Edge", ">Confidence", ...(hasWeights ? [">Weight"] : [])], rows);
}

function traceCombo(value) {
  const combo = value("matched_combo_id");
  if (combo === null) return "No entry of the registry matches the signals.";
  const hitRate = value("combo_hit_rate");
  const text = `${combo} (${value("combo_classification") || "unclassified"}${hitRate === null ? "" : `, ${shown(hitRate)} % historically`}). `;
  const other = value("alternative_combo_id");
  if (other === null) return `${text}Nothing else of the registry matches.`;
  return text + (value("combo_by_order") ? `Only the registry's order chose it: ${other} is of the same size and matches as well.` : `Without it, ${other} would match.`);
}

function traceFeatures(traces, i) {
  return h("ul", { class: "features" }, traces.features.map(({ name, unit, missing }) => h("li", { title: missing },
    h("span", { class: "name" }, name), h("b", {}, shown(at(traces.values[name], i)), unit && at(traces.values[name], i) !== null && h("span", { class: "soft" }, ` ${unit}`)))));
}
