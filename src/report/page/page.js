"use strict";
// The page: one view a kind, made once. reslate.render(data) shows data; called again with data of the same kind it moves
// what is there, charts, tables, what is searched and open included. reslate.outline(data) moves only how the slates went.

// What can be moved, switched and written where the page is served; null in a file of its own.
const SERVED = JSON.parse(document.getElementById("served").textContent);

const reslate = (() => {
  const VIEWS = { replay: ReplayView, compare: CompareView, tune: TuneView };
  const main = document.getElementById("main");
  const head = document.querySelector("header.top");
  const foot = document.querySelector("footer.foot");
  const heading = h("h1");
  const about = h("div");
  const theme = h("button", { type: "button", class: "screen", onclick: () => Theme.toggle() });
  const named = () => { theme.textContent = Theme.name() === "dark" ? "Light" : "Dark"; theme.setAttribute("aria-label", `Switch to ${theme.textContent.toLowerCase()} colours`); };
  Theme.listeners.push(named);
  named();
  const shownNow = { kind: null, view: null };

  function build(kind) {
    const view = new VIEWS[kind]();
    head.replaceChildren(h("div", { class: "row" }, h("div", {}, heading, about), theme),
      h("nav", { "aria-label": "Sections" }, view.sections.map(([id, title]) => h("a", { href: `#${id}` }, title))));
    main.replaceChildren(...view.sections.map(([id, title, parts]) => h("section", { "aria-labelledby": id }, h("h2", { id }, title), parts)));
    return view;
  }

  function render(data) {
    if (!VIEWS[data.kind]) throw new Error(`no view of ${data.kind}`);
    if (shownNow.kind !== data.kind) Object.assign(shownNow, { kind: data.kind, view: build(data.kind) });
    const { view } = shownNow;
    heading.textContent = visible(view.title(data));
    about.replaceChildren(...view.about(data).map((text) => h("p", { class: "sub" }, text)));
    view.update(data);
    const { source } = data;
    const from = source && `${source.is_demo ? "Demo snapshot: all data are invented." : `Snapshot ${source.name}${source.pulled_at ? `, pulled ${source.pulled_at.slice(0, 10)}` : ""}.`} `;
    foot.replaceChildren(h("p", {}, from, SERVED ? "Served by reslate on this machine alone." : "Made by reslate; this file holds all its data and fetches nothing."));
  }

  /** Shows how the slates went by other settings, before the rest is known. */
  const outline = (data) => shownNow.view.outline(data);

  return { render, outline, get view() { return shownNow.view; }, get isDrawn() { return !waiting.size; } };
})();
window.reslate = reslate;
reslate.render(JSON.parse(document.getElementById("data").textContent));
