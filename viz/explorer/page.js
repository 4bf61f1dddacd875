"use strict";
// The page's state is one number, the step: everything shown follows from it, from the language and the theme.
const all = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
let lang = all.lang, here = all[lang], step = 0, timer = null, view = null, whole = null, inside = null;

const make = (name, attributes = {}, text = "") => {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text) e.textContent = text;
  return e;
};
const node = (key) => $("node-" + key);

/** The texts of one column of a card, in the order of its entries. */
function texts(key, kind) { return [...node(key).querySelectorAll(`text.number.${kind}`)]; }

function column(key, kind) { return here.cards[key].columns.find((c) => c.kind === kind); }

// Language, theme, layout

function speak(other) {
  lang = other;
  here = all[lang];
  document.documentElement.lang = lang;
  document.title = here.title;
  const said = here.texts;
  $("title").textContent = here.title;
  for (const id of ["first", "back", "next", "last", "in", "out", "fit", "theme"]) {
    $(id).title = said[id];
    $(id).setAttribute("aria-label", said[id]);
  }
  $("language").textContent = said.language;
  $("language").lang = lang === "en" ? "es" : "en";
  $("search").placeholder = said.search;
  $("search").setAttribute("aria-label", said.search);
  $("slider").setAttribute("aria-label", said.step);
  $("stage").setAttribute("aria-label", said.graph);
  $("controls").setAttribute("aria-label", said.controls);
  $("panel").setAttribute("aria-label", said.explanation);
  $("words").textContent = said.words;
  $("description").textContent = here.description;
  const drawing = new DOMParser().parseFromString(here.svg, "image/svg+xml").documentElement;
  $("stage").replaceChildren(document.importNode(drawing, true));
  dress($("stage").firstElementChild);
  $("slider").max = here.steps.length;
  search();
  show(step);
}

/** Make a drawing live: cards can be focused, entries pointed at. */
function dress(svg) {
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", here.title);
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  for (const t of svg.querySelectorAll(":scope > title, :scope > desc")) t.remove();
  whole = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
  if (!view) view = [...whole];
  svg.setAttribute("viewBox", view.join(" "));
  for (const g of svg.querySelectorAll("g.edge, g.cluster")) g.setAttribute("aria-hidden", "true");
  for (const a of svg.querySelectorAll("a")) { a.removeAttribute("href"); a.removeAttributeNS("http://www.w3.org/1999/xlink", "href"); }
  for (const key of Object.keys(here.cards)) {
    const g = node(key);
    if (!g) continue;
    g.setAttribute("tabindex", "0");
    g.setAttribute("role", "button");
    g.setAttribute("aria-label", here.cards[key].tip.replace(/\n/g, ". "));
    g.addEventListener("focus", () => { if (!inside) told(here.cards[key].tip); });
    g.addEventListener("click", () => told(here.cards[key].tip));
    g.addEventListener("pointerleave", () => { if (!inside) unmark(); });
    for (const kind of ["value", "gradient"]) {
      texts(key, kind).forEach((t, k) => {
        if (!column(key, kind).full) return;
        t.addEventListener("pointerenter", () => { if (!t.classList.contains("later")) mark(key, kind, k); });
      });
    }
  }
}

function colour(name) { document.documentElement.dataset.theme = name; }

// Steps

function show(k) {
  step = Math.max(0, Math.min(here.steps.length, k));
  const said = here.texts, now = here.steps[step - 1];
  unmark();
  const known = new Set(), arrived = new Set(), used = new Set();
  for (const [key, card] of Object.entries(here.cards)) {
    if (!here.steps.some((s) => s.pass === "forward" && s.card === key)) known.add(key);
  }
  here.steps.slice(0, step).forEach((s) => {
    s.edges.forEach((e) => used.add(e));
    if (s.pass === "forward") known.add(s.card);
    if (s.reveals) arrived.add(s.reveals);
  });
  const end = step === here.steps.length;
  for (const key of Object.keys(here.cards)) {
    if (!node(key)) continue;
    node(key).classList.toggle("waiting", !known.has(key));
    for (const t of texts(key, "gradient")) t.classList.toggle("later", !end && !arrived.has(key));
  }
  for (const g of $("stage").querySelectorAll("g.edge")) {
    const on = now !== undefined && now.edges.includes(g.id);
    g.classList.toggle("waiting", !used.has(g.id));
    g.classList.toggle("lit", on);
    g.classList.toggle("backward", on && g.id.startsWith("backward"));
  }
  for (const old of $("stage").querySelectorAll(".halo")) old.remove();
  if (now) { halo(now.card, now.pass); if (now.from) halo(now.from, now.pass); follow(); }
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", now ? now.title : said.start);
  $("count").textContent = `${said.step} ${step} ${said.of} ${here.steps.length}`;
  $("now").textContent = now ? now.title : said.start;
  $("formula").textContent = now ? now.formula || "" : "";
  $("text").textContent = now ? now.text || "" : said.hint;
  $("entry").textContent = end ? said.done : "";
  $("parts").replaceChildren(...(now && now.parts || []).map(part));
  for (const id of ["first", "back"]) $(id).disabled = step === 0;
  for (const id of ["next", "last"]) $(id).disabled = end;
  $("play").textContent = timer ? "❚❚" : "▶";
  $("play").title = timer ? said.pause : said.play;
  $("play").setAttribute("aria-label", $("play").title);
}

/** A sign, or a matrix under its name. */
function part(p) {
  if (typeof p === "string") return make("span", {}, p);
  const box = make("div", { class: "part " + p.kind });
  box.append(make("span", {}, p.head || " "));
  if (!p.rows) { box.append(make("div", {}, p.text)); return box; }
  const table = make("table", { "aria-label": p.head || here.texts.entry });
  for (const row of p.rows) {
    const tr = make("tr");
    row.forEach((text) => tr.append(make("td", {}, text)));
    table.append(tr);
  }
  box.append(table);
  return box;
}

function halo(key, pass) {
  const box = node(key).getBBox(), rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", "halo " + pass);
  for (const [k, v] of [["x", box.x - 5], ["y", box.y - 5], ["width", box.width + 10], ["height", box.height + 10]]) {
    rect.setAttribute(k, v);
  }
  node(key).append(rect);
}

/** Where the whole picture would be too small to read, as on a phone, show the cards of the step. */
function follow() {
  const svg = $("stage").firstElementChild, wide = svg.clientWidth, high = svg.clientHeight;
  if (!wide || wide / whole[2] > 0.55) return;
  const origin = svg.querySelector("g.graph").transform.baseVal.consolidate().matrix;
  const boxes = [...svg.querySelectorAll(".halo")].map((r) => r.getBBox());
  const left = Math.min(...boxes.map((b) => b.x)), right = Math.max(...boxes.map((b) => b.x + b.width));
  const top = Math.min(...boxes.map((b) => b.y)), low = Math.max(...boxes.map((b) => b.y + b.height));
  const across = Math.max(right - left + 40, (low - top + 40) * wide / high, wide / 1.2), down = across * high / wide;
  look([(left + right - across) / 2 + origin.e, (top + low - down) / 2 + origin.f, across, down]);
}

function play() {
  if (timer) { clearInterval(timer); timer = null; show(step); return; }
  if (step === here.steps.length) step = 0;
  timer = setInterval(() => { if (step < here.steps.length) show(step + 1); else play(); }, 1600);
  show(step + 1);
}

function go(k) { if (timer) { clearInterval(timer); timer = null; } show(k); }

// Single entries

function mark(key, kind, k) {
  unmark();
  const entry = (column(key, kind).entries || [])[k];
  frame(texts(key, kind)[k], true);
  if (!entry) { told(here.cards[key].tip); return; }
  for (const [other, its, j] of entry.from) {
    const t = texts(other, its)[j];
    if (t && !t.classList.contains("later")) frame(t, false);
  }
  told(entry.text);
}

function frame(text, me) {
  const box = text.getBBox(), rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", me ? "mark me" : "mark");
  for (const [k, v] of [["x", box.x - 2], ["y", box.y - 1], ["width", box.width + 4], ["height", box.height + 2]]) {
    rect.setAttribute(k, v);
  }
  text.parentNode.insertBefore(rect, text);
}

function unmark() { for (const r of $("stage").querySelectorAll(".mark")) r.remove(); }

function told(text) { $("entry").textContent = text; }

/** Move among the entries of a card by keys: a list of columns and entries, row after row. */
function enter(key) {
  const places = [];
  for (const c of here.cards[key].columns) {
    if (c.full) for (let k = 0; k < c.n; k++) places.push([c.kind, k, c.wide]);
  }
  if (places.length) { inside = { key, places, at: 0 }; move(0); }
}

function move(by) {
  const n = inside.places.length;
  inside.at = Math.max(0, Math.min(n - 1, inside.at + by));
  const [kind, k] = inside.places[inside.at];
  mark(inside.key, kind, k);
}

// Search, zoom and pan

function search() {
  const asked = $("search").value.trim().toLowerCase();
  let found = 0;
  for (const [key, card] of Object.entries(here.cards)) {
    const hit = asked !== "" && (card.title + " " + card.word).toLowerCase().includes(asked);
    if (node(key)) node(key).classList.toggle("found", hit);
    found += hit;
  }
  $("hits").textContent = asked === "" ? "" : found ? `${found} ${here.texts.found}` : here.texts.none;
}

function first_found() {
  const hit = $("stage").querySelector(".node.found");
  if (hit) hit.focus();
}

function look(box) { view = box; $("stage").firstElementChild.setAttribute("viewBox", view.join(" ")); }

function zoom(by, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) {
  by = Math.max(Math.min(by, whole[2] * 4 / view[2]), whole[2] / 40 / view[2]);
  look([x - (x - view[0]) * by, y - (y - view[1]) * by, view[2] * by, view[3] * by]);
}

function point(event) {
  const svg = $("stage").firstElementChild, p = new DOMPoint(event.clientX, event.clientY);
  return p.matrixTransform(svg.getScreenCTM().inverse());
}

$("stage").addEventListener("wheel", (event) => {
  event.preventDefault();
  const p = point(event);
  zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, p.x, p.y);
}, { passive: false });
let held = null;
$("stage").addEventListener("pointerdown", (event) => { held = point(event); $("stage").classList.add("moving"); });
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  const p = point(event);
  look([view[0] - (p.x - held.x), view[1] - (p.y - held.y), view[2], view[3]]);
});
window.addEventListener("pointerup", () => { held = null; $("stage").classList.remove("moving"); });

// Buttons and keys

$("first").onclick = () => go(0);
$("back").onclick = () => go(step - 1);
$("next").onclick = () => go(step + 1);
$("last").onclick = () => go(here.steps.length);
$("play").onclick = play;
$("slider").oninput = () => go(Number($("slider").value));
$("search").oninput = search;
$("in").onclick = () => zoom(1 / 1.25);
$("out").onclick = () => zoom(1.25);
$("fit").onclick = () => look([...whole]);
$("theme").onclick = () => colour(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
$("language").onclick = () => { view = null; inside = null; speak(lang === "en" ? "es" : "en"); };

document.addEventListener("keydown", (event) => {
  const at = document.activeElement, typing = at === $("search");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing) {
    if (event.key === "Enter") first_found();
    if (event.key === "Escape") { $("search").value = ""; search(); at.blur(); }
    return;
  }
  const card = at && at.id && at.id.startsWith("node-") ? at.id.slice(5) : null;
  if (inside && card !== inside.key) inside = null;
  if (inside) {
    const wide = inside.places[inside.at][2];
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide }[event.key];
    if (by !== undefined) { event.preventDefault(); move(by); return; }
    if (event.key === "Escape" || event.key === "Tab") { inside = null; unmark(); return; }
  } else if (card && event.key === "Enter") { event.preventDefault(); enter(card); return; }
  if (at === $("slider") && event.key.startsWith("Arrow")) return;
  if (at && at.tagName === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
  const act = {
    ArrowRight: () => go(step + 1), ArrowLeft: () => go(step - 1), Home: () => go(0), End: () => go(here.steps.length),
    " ": play, "+": () => zoom(1 / 1.25), "-": () => zoom(1.25), "0": () => look([...whole]),
    "/": () => $("search").focus(), Escape: () => { unmark(); told(""); },
  }[event.key];
  if (act) { event.preventDefault(); act(); }
});

const dark = window.matchMedia("(prefers-color-scheme: dark)");
colour(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => colour(dark.matches ? "dark" : "light"));
speak(lang);
