"use strict";
// Sliders: each moves a threshold of the version, and the page goes along: first how it went, then all the rest of it. One
// question is under way at a time; it is given up when something is moved meanwhile, and the server drops it with that. The
// server answers its newest question alone: what another window's overtook is asked again when this one is looked at.

const live = (() => {
  // All the rest takes the server a while: it is asked for once the sliders rest.
  const PAUSE = 400;
  const whole = { query: "", page: JSON.parse(document.getElementById("data").textContent) };
  const said = h("p", { class: "sub", role: "status", "aria-live": "polite" });
  const rows = KNOBS.map(row);
  const reset = h("button", { type: "button", onclick: () => { rows.forEach((each) => each.set(each.knob.value)); moved(); } }, "Reset");
  const panel = h("details", { class: "knobs screen", open: window.innerWidth > 700 },
    h("summary", {}, "Thresholds"),
    h("div", { class: "sliders" }, rows.map((each) => each.element)), h("div", { class: "row" }, said, reset));
  document.querySelector("header.top").after(panel);

  function row(knob) {
    const id = `knob-${knob.name}`;
    const output = h("output", { for: id });
    const slider = h("input", { id, type: "range", min: knob.low, max: knob.high, step: knob.step, oninput: () => { off.checked = false; moved(); } });
    const off = h("input", { type: "checkbox", onchange: moved, "aria-label": `${knob.name} off` });
    const value = () => (off.checked ? "off" : slider.value);
    const words = (text) => (text === "off" ? "off" : `${text}${knob.unit ? ` ${knob.unit}` : ""}`);
    const set = (text) => {
      off.checked = text === "off";
      slider.value = text === "off" ? knob.rest : text;
    };
    const show = () => {
      const changed = value() !== knob.value;
      output.textContent = words(value());
      slider.setAttribute("aria-valuetext", words(value()));
      element.classList.toggle("changed", changed);
    };
    const mark = knob.value === "off" ? null : h("datalist", { id: `${id}-own` }, h("option", { value: knob.value }));
    if (mark) slider.setAttribute("list", mark.id);
    const element = h("div", { class: "slider" },
      h("label", { for: id, title: knob.about }, knob.name), output, slider, mark,
      h("label", { class: "off" }, off, "off"), h("span", { class: "own" }, `own: ${words(knob.value)}`));
    set(knob.value);
    return { knob, value, set, show, element };
  }

  const query = () => new URLSearchParams(rows.filter((each) => each.value() !== each.knob.value).map((each) => [each.knob.name, each.value()])).toString();

  async function ask(path, of) {
    const answer = await fetch(of ? `${path}?${of}` : path, { cache: "no-store", signal: asking.signal });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text.trim());
    return JSON.parse(text);
  }

  // Ends early when something is moved.
  let resume = () => {};
  const pause = () => new Promise((done) => { resume = done; setTimeout(done, PAUSE); });
  let isAsking = false;
  let asking = new AbortController();
  let asked = "";
  let outlined = "";

  async function follow() {
    if (isAsking) return;
    isAsking = true;
    try {
      while (whole.query !== query()) {
        asked = query();
        asking = new AbortController();
        try {
          await show(asked);
        } catch (error) {
          if (!asking.signal.aborted) throw error;
        }
      }
      said.textContent = whole.query ? `As replay --set ${whole.query.split("&").map(decodeURIComponent).join(" --set ")}` : "As the version has them.";
    } catch (error) {
      said.textContent = `${error.message || error}`;
    } finally {
      isAsking = false;
    }
  }

  async function show(of) {
    if (outlined !== of) {
      const outline = await ask("outline", of);
      outlined = of;
      reslate.outline({ ...whole.page, ...outline });
      said.textContent = "Filters, signals and the list of picks follow.";
    }
    await pause();
    if (of !== query()) return;
    const page = await ask("page", of);
    Object.assign(whole, { query: of, page });
    reslate.render(page);
  }

  function moved() {
    rows.forEach((each) => each.show());
    resume();
    const of = query();
    if (of !== asked) asking.abort();
    history.replaceState(null, "", `${of ? `?${of}` : location.pathname}${location.hash}`);
    return follow();
  }

  const given = new URLSearchParams(location.search);
  rows.forEach((each) => { if (given.has(each.knob.name)) each.set(given.get(each.knob.name)); });
  window.addEventListener("focus", follow);
  moved();
  return { get isIdle() { return !isAsking && whole.query === query(); } };
})();
window.reslateLive = live;
