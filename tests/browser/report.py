"""The pages of reports in headless Chromium, from disk.

    report.py CHROMIUM NAME=PAGE.html... [--screenshots DIR]

A NAME starts with what the page is of: replay, compare or tune. Every page must load without a word on the console and
without a request but for itself, fit a phone's width, have a name for every chart, and print. A replay's table must be
searched, sorted and opened by mouse and by keyboard, and the page must take other data into the charts that it has.
Prints how long each page took to open; ends with 1 at the first thing that is not so.
"""

import argparse
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def check(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")


@contextmanager
def opened(browser, path, viewport=DESKTOP, scheme="light"):
    """The page of a file; whatever it says on the console or asks for is held against it at the end."""
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    url = path.resolve().as_uri()
    said, asked = [], []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    whole(page)
    yield page
    check(not said, f"{path.name} is silent: {said}")
    others = [one for one in asked if one != url and not one.startswith("data:")]
    check(not others, f"{path.name} asks for nothing: {others}")
    context.close()


def whole(page):
    """Waits until everything is drawn."""
    # Not by wait_for_function, whose polling the page's own policy forbids.
    page.evaluate("() => new Promise((done) => { const look = () => (reslate.isDrawn ? done() : setTimeout(look, 5)); look(); })")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def opens(browser, name, path):
    """How long it takes until everything is drawn, in seconds."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    began = time.perf_counter()
    page.goto(path.resolve().as_uri())
    whole(page)
    took = time.perf_counter() - began
    context.close()
    print(f"{name}: opened in {took:.2f} s, {path.stat().st_size / 1e6:.2f} MB")


def looks_right(browser, name, path, screenshots):
    for label, viewport, scheme in [("light", DESKTOP, "light"), ("dark", DESKTOP, "dark"), ("phone", PHONE, "light")]:
        with opened(browser, path, viewport, scheme) as page:
            check(page.evaluate("document.documentElement.dataset.theme") == scheme, f"{name} is {scheme} where the system is")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            check(wide <= 0, f"{name} fits {viewport['width']} pixels: {wide} too many")
            unnamed = page.eval_on_selector_all(".chart:not([hidden])", "charts => charts.filter((one) => one.clientWidth && !one.getAttribute('aria-label')).length")
            check(unnamed == 0, f"{name} has a name for every chart")
            titles = page.eval_on_selector_all("figure", "figures => figures.filter((one) => !one.querySelector('h3').textContent).length")
            check(titles == 0, f"{name} has a title for every chart")
            if screenshots:
                page.screenshot(path=screenshots / f"{name}-{label}.png", full_page=True)
    with opened(browser, path) as page:
        page.get_by_role("button", name="Switch to dark colours").click()
        check(page.evaluate("document.documentElement.dataset.theme") == "dark", f"{name} is dark when asked")
        paper = page.pdf(format="A4", print_background=True)
        check(paper.startswith(b"%PDF"), f"{name} prints")
        if screenshots:
            (screenshots / f"{name}.pdf").write_bytes(paper)


def players(page):
    return page.locator(".data tbody tr.main .toggle").all_inner_texts()


def table_by_mouse(page):
    rows = page.evaluate("reslate.view.page.traces.picks")
    check(rows > 50, "the page has more picks than fit a page of the table")
    check(len(players(page)) == 50, "a page of the table has fifty rows")
    page.get_by_role("button", name="Later rows").click()
    check("Rows 51 to" in page.locator(".pages").inner_text(), "the table turns to later rows")
    page.get_by_role("button", name="Player").click()
    first = players(page)
    key = "(a, b) => a.localeCompare(b, 'en', { numeric: true })"
    check(first == page.evaluate(f"names => [...names].sort({key})", first), "rows are sorted by player")
    check(page.locator("th[aria-sort=ascending]").inner_text().startswith("Player"), "the heading says so")
    page.get_by_role("button", name="Player").click()
    check(page.locator("th[aria-sort=descending]").count() == 1 and players(page) != first, "and the other way round")
    page.get_by_role("button", name="Edge, points").click()
    edges = page.evaluate("reslate.view.table.order.map((i) => reslate.view.table.parts.columns[4].value(i))")
    check(edges == sorted(edges, reverse=True), "numbers are sorted as numbers, the largest first")
    wanted = first[0]
    page.get_by_role("searchbox").fill(wanted.lower())
    found = players(page)
    check(found and set(found) == {wanted}, f"the search for {wanted} finds nobody else: {set(found)}")
    check(page.locator(".bar .said").first.inner_text().startswith(f"{len(found)} pick"), "it says how many")
    page.get_by_role("searchbox").fill("no such player")
    check("Nothing matches" in page.locator(".data tbody").inner_text(), "it says that nothing matches")
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Outcome").select_option("LOSS")
    check(set(page.locator(".data tbody .L").all_inner_texts()) and page.locator(".data tbody .W").count() == 0, "only losses")
    page.get_by_label("Outcome").select_option("")
    page.locator(".data .toggle").nth(2).click()
    trace(page)


def trace(page):
    """The open trace has every signal and every filter of the version, with what the data say."""
    said = page.locator(".trace").inner_text()
    versions = page.evaluate("reslate.view.page.traces.versions")
    facts = next(one for one in versions if f"Picked by {one['version']}, rank" in said)
    for name in [one["signal"] for one in facts["signals"]] + [one["filter"] for one in facts["filters"]]:
        check(name in said, f"the trace has {name}")
    check("✓ model_health" in said, "the trace marks what qualifies")
    check("predicted" in said and "Afterwards:" in said and "Bids of the models" in said, "the trace has the bet and its bids")
    check("reslate explain" in said, "the trace says where more is")


def table_by_keyboard(page):
    page.locator("body").press("/")
    check(page.evaluate("document.activeElement.type") == "search", "/ goes to the search")
    page.keyboard.type("2026-01-")
    found = page.locator(".data tbody tr.main").all_inner_texts()
    check(found and all("2026-01-" in text for text in found), "what is typed is searched")
    focus = "document.activeElement.textContent"
    for _ in range(3):
        page.keyboard.press("Tab")
    check(page.evaluate(focus).startswith("Player"), f"tab goes on to the headings: {page.evaluate(focus)}")
    page.keyboard.press("Enter")
    check(page.locator("th[aria-sort]").inner_text().startswith("Player"), "enter sorts")
    check(page.evaluate(focus).startswith("Player"), "and the focus stays where it was")
    headings = page.locator(".data th").count()
    for _ in range(headings):
        page.keyboard.press("Tab")
    check(page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false", "tab goes on to the rows")
    page.keyboard.press("Enter")
    check(page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true", "enter opens a row")
    trace(page)
    page.keyboard.press("Enter")
    check(page.locator(".trace").count() == 0, "and closes it")


def charts_take_other_data(page):
    """What a live server needs: the same charts show other data, and what the reader chose stays."""
    page.get_by_role("searchbox").fill("over")
    before = page.evaluate("""() => {
        window.kept = [...document.querySelectorAll('.chart svg')];
        return document.querySelector('.tiles .value').textContent;
    }""")
    after = page.evaluate("""() => {
        const data = JSON.parse(document.getElementById('data').textContent);
        for (const values of Object.values(data.slates)) values.splice(5);
        data.version = 'another';
        reslate.render(data);
        const now = [...document.querySelectorAll('.chart svg')];
        return { same: window.kept.every((svg) => svg.isConnected) && now.length === window.kept.length,
            slates: document.querySelector('.tiles .value').textContent, title: document.querySelector('h1').textContent };
    }""")
    check(after["same"], "charts are kept")
    check((after["slates"], after["title"]) == ("5", "another") and before != "5", f"they show the other data: {after}")
    check(page.get_by_role("searchbox").input_value() == "over", "what is searched stays")


def controls(page, name):
    for button in page.query_selector_all(".choice button[aria-pressed=false]"):
        button.click()
        check(button.get_attribute("aria-pressed") == "true", f"{button.inner_text()} is pressed")
    for select in page.locator("figure select, .screen select").all():
        for option in range(select.locator("option").count()):
            select.select_option(index=option)
    for summary in page.locator("figure > details > summary:visible").all():
        summary.click()
    whole(page)
    opened = page.locator("figure > details[open]").count()
    check(opened or name.endswith("-nothing"), f"{name} has charts with a table")
    check(page.locator("figure > details[open] table").count() == opened, f"{name} has a table beside every chart")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chromium")
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--screenshots", type=Path)
    asked = parser.parse_args()
    if asked.screenshots:
        asked.screenshots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=FLAGS)
        for one in asked.pages:
            name, _, path = one.partition("=")
            path = Path(path)
            opens(browser, name, path)
            looks_right(browser, name, path, asked.screenshots)
            with opened(browser, path) as page:
                check(page.locator("h1").inner_text() != "", f"{name} has a heading")
                if name.endswith("-nothing"):
                    check(page.locator(".empty:visible").count() > 0, f"{name} says what is not there")
                else:
                    check(page.locator(".chart svg").count() >= 2, f"{name} is drawn")
                controls(page, name)
            if name == "replay":
                for tried in [table_by_mouse, table_by_keyboard, charts_take_other_data]:
                    with opened(browser, path) as page:
                        tried(page)
        browser.close()


if __name__ == "__main__":
    main()
