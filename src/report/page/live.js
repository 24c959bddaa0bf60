"use strict";
// The served page: sliders that move thresholds, switches, and a place to write signals and filters. The page goes along: first
// how it went, then all the rest of it. One question is under way at a time; it is given up when something is moved or written
// meanwhile, and the server drops it with that. The server answers its newest question alone: what another window's overtook is
// asked again when this one is looked at.

/** What is written cannot be decided by: { reason, definition, key, line, start, end }. */
class Mistaken extends Error {
  constructor(mistake) {
    super(mistake.line === null ? mistake.reason : `Line ${mistake.line}: ${mistake.reason}`);
    this.mistake = mistake;
  }
}

/** A slider; `moved` is called when it is. */
function slider(knob, moved) {
  const id = `knob-${knob.name}`;
  const output = h("output", { for: id });
  const range = h("input", { id, type: "range", min: knob.low, max: knob.high, step: knob.step, oninput: () => { off.checked = false; moved(); } });
  const off = h("input", { type: "checkbox", onchange: moved, "aria-label": `${knob.name} off` });
  const value = () => (off.checked ? "off" : range.value);
  const words = (text) => (text === "off" ? "off" : `${text}${knob.unit ? ` ${knob.unit}` : ""}`);
  const set = (text) => {
    off.checked = text === "off" && knob.off;
    range.value = text === "off" ? knob.rest : text;
  };
  const show = () => {
    output.textContent = words(value());
    range.setAttribute("aria-valuetext", words(value()));
    element.classList.toggle("changed", value() !== knob.value);
  };
  const mark = knob.value === "off" ? null : h("datalist", { id: `${id}-own` }, h("option", { value: knob.value }));
  if (mark) range.setAttribute("list", mark.id);
  const element = h("div", { class: "slider" },
    h("label", { for: id, title: knob.about }, knob.name), output, range, mark,
    knob.off ? h("label", { class: "off" }, off, "off") : h("span"), h("span", { class: "own" }, `own: ${words(knob.value)}`));
  set(knob.value);
  return { knob, value, set, show, element };
}

/** How it went without and with what was changed. */
function difference(version, before, after) {
  const way = (number, words) => (number > 0 ? `+${words}` : words);
  const both = before.picks.hit_rate !== null && after.picks.hit_rate !== null;
  const points = both ? after.picks.hit_rate - before.picks.hit_rate : null;
  const picks = after.picks.count - before.picks.count;
  const rows = [
    ["Picks", count(before.picks.count), count(after.picks.count), way(picks, count(picks))],
    ["W-L-P", wlp(before.picks), wlp(after.picks), ""],
    ["Hit rate", rate(before.picks), rate(after.picks), both ? `${signed(points)} points` : NONE],
    ["Units", unitsOf(before.picks), unitsOf(after.picks), units(after.picks.units - before.picks.units)],
  ];
  return table(["", `>${version}`, ">As changed", ">Difference"], rows, { caption: "Without and with what was changed" });
}

const live = (() => {
  // All the rest takes the server a while: it is asked for once the sliders rest.
  const PAUSE = 400;
  // From the last key until what is written is looked at.
  const TYPING = 60;
  const STORED = `reslate.idea.${SERVED.version}`;
  const SWITCHED = /^(signal|filter)\./;
  const EXAMPLES = {
    signal: (name) => `[signal.${name}]\nabout = "OVER at home on a rested player"\nwhen = "is_over AND is_home AND rest_days >= min_rest"\n[signal.${name}.parameters]\nmin_rest = 3`,
    filter: (name) => `[filter.${name}]\nabout = "OVERs on players of few minutes"\nvalue = "CASE WHEN is_over THEN minutes_avg_season END"\nblocks = "below"\nthreshold = 20`,
  };
  const served = JSON.parse(document.getElementById("data").textContent);
  const whole = { key: null, query: "", page: served };
  let { edit } = SERVED;
  let rows = [];
  // Switches that differ from what is written, and what the address says of sliders that are not there yet.
  const switched = new Map();
  const wished = new Map();

  const said = h("p", { class: "sub", role: "status", "aria-live": "polite" });
  const wrong = h("p", { id: "idea-wrong", class: "wrong-said", role: "status", "aria-live": "polite" });
  const nothing = empty(`What is written, switched or moved stands here beside ${SERVED.version} as it is: picks, hit rate and units.`);
  const [compared, noted, ofText, ofFilters, ofSignals, switches] = Array.from({ length: 6 }, () => h("div"));
  [ofText, ofFilters, ofSignals].forEach((box) => box.classList.add("sliders"));
  switches.classList.add("switches");
  const words = (list) => () => list().map(({ name, about }) => ({ name, about }));
  const { columns, past, takes, functions, parameters, keys, tags } = SERVED.words;
  const known = {
    columns, past, takes, functions, parameters, keys, sets: tags, tags: words(() => edit.signals), filters: words(() => edit.filters),
    parametersOf: (name) => parameters.map((word) => word.name).filter((word) => word.startsWith(`${name}.`)).map((word) => word.slice(name.length + 1)),
  };
  const editor = new Editor({ id: "idea", label: "Signals and filters, as in a version file", described: "idea-wrong idea-help",
    complete: (text, caret) => completion(text, caret, known), changed: written });
  const button = (name, does, more) => h("button", { type: "button", onclick: does, ...more }, name);
  const reset = button("Reset", () => { rows.forEach((each) => each.set(each.knob.value)); switched.clear(); moved(); });
  const idea = h("details", { class: "idea screen" },
    h("summary", {}, "Try an idea"),
    h("p", { id: "idea-help", class: "sub" }, "Write signals and filters as in a version file; the season is decided as you type. Ctrl-Space says what can be written at the caret."),
    h("div", { class: "desk" },
      h("div", {}, editor.element, wrong,
        h("div", { class: "bar" }, button("Add a signal", () => add("signal")), button("Add a filter", () => add("filter")),
          button("Save as TOML", save), button("Clear", () => { editor.text = ""; written(); }))),
      h("div", {}, compared, noted, ofText)),
    h("details", {}, h("summary", {}, "Signals and filters, on and off"), switches));
  const panel = h("details", { class: "knobs screen", open: window.innerWidth > 700 },
    h("summary", {}, "Thresholds"), ofFilters, h("details", { class: "of-signals" }, h("summary", {}, "Of signals"), ofSignals),
    h("div", { class: "row" }, said, reset));
  document.querySelector("header.top").after(idea, panel);

  /** Shows the sliders and switches of what is written. */
  function arrange(next, isFirst) {
    edit = next;
    const kept = new Map(rows.map((each) => [JSON.stringify(each.knob), each]));
    rows = edit.knobs.map((knob) => {
      const row = kept.get(JSON.stringify(knob)) || slider(knob, moved);
      const before = kept.get(JSON.stringify(knob)) ? null : [...kept.values()].find((each) => each.knob.name === knob.name && each.value() !== each.knob.value);
      if (wished.has(knob.name)) row.set(wished.get(knob.name));
      else if (before) row.set(before.value());
      wished.delete(knob.name);
      return row;
    });
    const isWritten = new Set([...edit.signals.map((each) => ["signal", each]), ...edit.filters.map((each) => ["filter", each])].filter(([, each]) => each.is_written).map(([kind, each]) => `${kind} ${each.name}`));
    const box = ({ knob }) => (isWritten.has(knob.owner) ? ofText : knob.owner.startsWith("signal ") ? ofSignals : ofFilters);
    for (const each of [ofText, ofFilters, ofSignals]) {
      const elements = rows.filter((row) => box(row) === each).map((row) => row.element);
      // What stays where it is keeps the focus.
      if (elements.length !== each.children.length || elements.some((element, at) => element !== each.children[at])) each.replaceChildren(...elements);
    }
    panel.querySelector(".of-signals").hidden = !ofSignals.children.length;
    const defaults = new Map(["signal", "filter"].flatMap((kind) => edit[`${kind}s`].map((each) => [`${kind}.${each.name}`, each.on ? "on" : "off"])));
    // What the address says may be of what is written, which is not looked at yet.
    for (const [name, value] of isFirst ? [] : switched) if (!defaults.has(name) || defaults.get(name) === value) switched.delete(name);
    const focused = document.activeElement && document.activeElement.id;
    switches.replaceChildren(...["signal", "filter"].map((kind) => h("fieldset", {}, h("legend", {}, kind === "signal" ? "Signals" : "Filters"),
      h("ul", {}, edit[`${kind}s`].map((each) => switchOf(kind, each, defaults))))));
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    noted.replaceChildren(...[notes(edit.notes)].filter(Boolean));
    rows.forEach((each) => each.show());
  }

  function switchOf(kind, { name, about, is_written: isWritten }, defaults) {
    const setting = `${kind}.${name}`;
    const id = `switch-${setting}`;
    const flip = (event) => {
      const value = event.target.checked ? "on" : "off";
      if (defaults.get(setting) === value) switched.delete(setting);
      else switched.set(setting, value);
      moved();
    };
    const isOn = (switched.get(setting) || defaults.get(setting)) === "on";
    return h("li", { class: switched.has(setting) ? "changed" : null },
      h("input", { id, type: "checkbox", checked: isOn, onchange: flip }), h("label", { for: id, title: about }, name),
      button(isWritten ? "Show" : "Edit", () => change(kind, name), { "aria-label": `${isWritten ? "Show" : "Edit"} ${kind} ${name}` }));
  }

  const headerOf = (kind, name) => new RegExp(`\\[${kind}\\.["']?${name.replace(/[^\w]/g, "\\$&")}["']?\\]`);

  function change(kind, name) {
    if (!editor.find(headerOf(kind, name))) editor.append((SERVED.words[`${kind}s`][name] || "").trim(), name);
  }

  function add(kind) {
    let name = `my_${kind}`;
    for (let at = 2; edit[`${kind}s`].some((each) => each.name === name) || headerOf(kind, name).test(editor.text); at += 1) name = `my_${kind}_${at}`;
    editor.append(EXAMPLES[kind](name), name);
  }

  const ofSwitches = () => [...switched].sort(([a], [b]) => (a < b ? -1 : 1));
  const ofSliders = () => rows.filter((each) => each.value() !== each.knob.value).map((each) => [each.knob.name, each.value()]);
  const query = () => new URLSearchParams([...ofSwitches(), ...ofSliders(), ...wished]).toString();
  const text = () => (editor.text.trim() ? editor.text : "");
  const key = () => `${query()}\n${text()}`;
  const writtenKey = () => `${new URLSearchParams(ofSwitches())}\n${text()}`;

  async function ask(path, of) {
    const body = text() ? { method: "POST", headers: { "content-type": "application/toml" }, body: text() } : {};
    const answer = await fetch(of ? `${path}?${of}` : path, { cache: "no-store", signal: asking.signal, ...body });
    const content = await answer.text();
    if (answer.status === 422) throw new Mistaken(JSON.parse(content));
    if (!answer.ok) throw new Error(content.trim());
    return JSON.parse(content);
  }

  const waits = (time) => new Promise((done) => { setTimeout(done, time); });
  // Ends early when something is moved or written.
  let resume = () => {};
  const pause = () => new Promise((done) => { resume = done; setTimeout(done, PAUSE); });
  let isAsking = false;
  let isSaving = false;
  let restsAt = 0;
  let asking = new AbortController();
  let asked = null;
  let outlined = key();
  let arranged = "\n";
  let refused = null;

  // Whether the page shows what is written, switched and moved, or why it cannot.
  const isSettled = () => refused === key() || (whole.key === key() && outlined === key() && arranged === writtenKey());

  async function follow() {
    if (isAsking) return;
    isAsking = true;
    try {
      while (!isSettled() || isSaving) {
        while (performance.now() < restsAt) await waits(restsAt - performance.now());
        asked = key();
        asking = new AbortController();
        try {
          await (isSettled() ? keep() : show(asked));
        } catch (error) {
          if (error instanceof Mistaken) mistaken(error);
          else if (!asking.signal.aborted) throw error;
        }
      }
      say();
    } catch (error) {
      isSaving = false;
      said.textContent = `${error.message || error}`;
    } finally {
      isAsking = false;
    }
  }

  function mistaken(error) {
    refused = asked;
    isSaving = false;
    wrong.textContent = error.message;
    editor.mark(error.mistake);
  }

  function right() {
    wrong.textContent = "";
    editor.mark(null);
  }

  function say() {
    if (refused === key()) return;
    right();
    const settings = ofSliders().map(([name, value]) => ` --set ${name}=${value}`).join("");
    if (text() || switched.size) said.textContent = `As replay --version ${edit.id}.toml${settings}, once it is saved as that.`;
    else said.textContent = settings ? `As replay${settings}` : "As the version has them.";
  }

  async function show(of) {
    let now = of;
    if (arranged !== writtenKey()) {
      const written = writtenKey();
      const next = await ask("edit", new URLSearchParams(ofSwitches()).toString());
      arranged = written;
      arrange(next);
      // What is not there is not asked for.
      wished.clear();
      arranged = writtenKey();
      asked = key();
      now = asked;
      remember();
    }
    right();
    if (outlined !== now) {
      const outline = await ask("outline", query());
      outlined = now;
      const { version } = SERVED;
      compared.replaceChildren(...(now === "\n" ? [nothing] : [difference(version, served, outline)]));
      reslate.outline({ ...whole.page, ...outline });
      said.textContent = "Filters, signals and the list of picks follow.";
    }
    await pause();
    if (now !== key()) return;
    const page = await ask("page", query());
    Object.assign(whole, { key: now, query: query(), page });
    reslate.render(page);
  }

  /** Hands what is written, moved and switched to the reader as a file. */
  async function keep() {
    isSaving = false;
    if (refused === key()) return;
    const file = await ask("file", query());
    const url = URL.createObjectURL(new Blob([file.text], { type: "application/toml" }));
    h("a", { href: url, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  function save() {
    isSaving = true;
    return follow();
  }

  function remember() {
    const of = query();
    history.replaceState(null, "", `${of ? `?${of}` : location.pathname}${location.hash}`);
    try {
      if (text()) localStorage.setItem(STORED, editor.text);
      else localStorage.removeItem(STORED);
    } catch { /* It holds until the page is closed. */ }
  }

  function written() {
    restsAt = performance.now() + TYPING;
    moved();
  }

  function moved() {
    rows.forEach((each) => each.show());
    resume();
    if (key() !== asked) asking.abort();
    remember();
    return follow();
  }

  for (const [name, value] of new URLSearchParams(location.search)) (SWITCHED.test(name) ? switched : wished).set(name, value);
  try { editor.text = localStorage.getItem(STORED) || ""; } catch { /* Nothing is kept. */ }
  idea.open = Boolean(text() || switched.size);
  compared.append(nothing);
  whole.key = outlined = "\n";
  arrange(edit, true);
  if (!text() && !switched.size) wished.clear();
  window.addEventListener("focus", follow);
  moved();
  return { get isIdle() { return !isAsking && isSettled(); }, get mistake() { return refused === key() ? wrong.textContent : null; } };
})();
window.reslateLive = live;
