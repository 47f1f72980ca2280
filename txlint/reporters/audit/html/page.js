"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const panel = byId("panel"), body = byId("rows"), search = byId("search");
const columns = ["group", "name", "category", "app", "steps", "callers", "risk", "file"];
const order = ["uncovered", "partial", "mixed", "covered!", "unknown", "covered", "exempt"];
const filters = { group: "", category: "", app: "", band: "" };
let sort = { by: "", down: true };
let shown = [], selected = -1, opener = null;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
const plain = (group) => group.replace("covered!", "unsound");
const place = (file, row) => `${data.files[file][0]}:${row}`;
const bandOf = (steps) => (steps >= 6 ? "6+" : steps >= 3 ? "3-5" : steps === 2 ? "2" : "");
data.operations.forEach((one, number) => {
  one.number = number;
  one.text = [one.name, one.app, one.category, one.status, one.reason, data.files[one.file][0]].join(" ").toLowerCase();
});

/** Text in which backticks mean code. */
function told(text) {
  return text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));
}
function short(one) {
  const text = place(one.file, one.row);
  return text.startsWith(one.app + "/") ? text.slice(one.app.length + 1) : text;
}
function value(one, column) {
  if (column === "group") return order.indexOf(one.group);
  if (column === "file") return data.files[one.file][0] + ":" + String(one.row).padStart(7, "0");
  return one[column];
}
function compare(one, other) {
  const [a, b] = [value(one, sort.by), value(other, sort.by)];
  const difference = a < b ? -1 : a > b ? 1 : 0;
  return (sort.down ? -difference : difference) || one.number - other.number;
}
function worst(one, other) {
  return order.indexOf(one.group) - order.indexOf(other.group) || other.steps - one.steps || one.number - other.number;
}

function render() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = data.operations.filter((one) =>
    words.every((word) => one.text.includes(word)) &&
    (!filters.group || one.group === filters.group || (filters.group === "covered*" && one.group.startsWith("covered"))) &&
    (!filters.category || one.category === filters.category) &&
    (!filters.app || one.app === filters.app) &&
    (!filters.band || bandOf(one.steps) === filters.band));
  shown.sort(sort.by ? compare : worst);
  body.replaceChildren(...shown.map(row));
  byId("count").textContent = `${shown.length} of ${data.operations.length} operations`;
  for (const chip of document.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", String(filters.group === chip.dataset.group));
  const about = ["category", "app", "band"].filter((key) => filters[key]).map((key) => (key === "band" ? `${filters[key]} steps` : filters[key]));
  byId("about").hidden = !about.length;
  byId("about").textContent = about.length ? `${about.join(", ")} ✕` : "";
  for (const head of document.querySelectorAll("#operations th")) {
    const by = head.dataset.by === sort.by;
    head.setAttribute("aria-sort", by ? (sort.down ? "descending" : "ascending") : "none");
    head.querySelector("span").textContent = by ? (sort.down ? " ▾" : " ▴") : "";
  }
  selected = -1;
}
function row(one) {
  const status = make("span", { className: `tag t-${plain(one.group)}` }, one.status + (one.group === "covered!" ? "!" : ""));
  const cells = [status, one.name, one.category, one.app, one.steps, one.callers, one.risk || "·", short(one)];
  const line = make("tr", { tabIndex: -1 }, ...cells.map((cell, at) => make("td", { className: at > 3 && at < 7 ? "n" : "" }, cell)));
  line.title = `${place(one.file, one.row)}\n${one.reason}`;
  line.addEventListener("click", () => open(one.number, line));
  return line;
}
function select(number) {
  if (!shown.length) return;
  body.children[selected]?.setAttribute("aria-selected", "false");
  selected = Math.max(0, Math.min(number, shown.length - 1));
  const line = body.children[selected];
  line.setAttribute("aria-selected", "true");
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

function open(number, from) {
  const one = data.operations[number], evidence = data.evidence[one.evidence];
  opener = from || opener || document.activeElement;
  byId("title").textContent = one.name;
  byId("status").replaceChildren(
    make("span", { className: `tag t-${plain(one.group)}` }, one.status), " ", ...told(one.reason),
    one.unsound.length ? ` (open: ${one.unsound.join(", ")})` : "");
  byId("kind").replaceChildren(`${one.category}: `, ...told(one.why), ` · ${one.steps} step${one.steps === 1 ? "" : "s"} · called from ${one.callers} place${one.callers === 1 ? "" : "s"}`);
  const aside = panel.querySelector("aside");
  if (evidence) aside.replaceChildren(...evidence.parts.flatMap(part));
  else aside.replaceChildren(make("p", {}, "Evidence and source were left out to keep the page small: txlint audit --explain ", make("code", {}, one.name)));
  if (evidence && !evidence.parts.length) aside.replaceChildren(make("p", { className: "faint" }, "No path leads here."));
  source(one.file, one.row, one, evidence);
  panel.hidden = false;
  byId("close").focus();
  history.replaceState(null, "", "#" + encodeURIComponent(one.identity));
}
function part([title, steps]) {
  return [make("h3", {}, ...told(title)), steps.length ? make("ol", { className: "steps" }, ...steps.map(([file, at, message]) => {
    const go = make("button", { type: "button" }, place(file, at));
    go.addEventListener("click", () => {
      const inside = data.operations.find((one) => one.file === file && one.row <= at && at <= one.end && one.evidence >= 0);
      source(file, at, inside, inside && data.evidence[inside.evidence]);
    });
    return make("li", {}, go, make("span", {}, ...told(message)));
  })) : ""];
}
function source(file, at, one, evidence) {
  const [name, pieces] = data.files[file];
  const view = panel.querySelector(".source");
  const lines = [make("div", { className: "name" }, `${name}:${at}`)];
  pieces.forEach(([first, texts], number) => {
    if (number) lines.push(make("div", { className: "gap" }));
    texts.forEach((text, offset) => lines.push(line(first + offset, text, at, one, evidence)));
  });
  if (!pieces.length) lines.push(make("p", { className: "name" }, "The source of this file was left out to keep the page small."));
  view.replaceChildren(...lines);
  const here = view.querySelector(".here");
  if (here) here.scrollIntoView({ block: "start" });
}
function line(number, text, at, one, evidence) {
  let state = "";
  if (evidence) for (const [first, last, inside] of evidence.spans) if (first <= number && number <= last) state = inside;
  const marks = evidence ? evidence.marks.filter((mark) => mark[0] === number) : [];
  const within = one && one.row <= number && number <= one.end;
  const names = ["row", state && `g-${state}`, number === at && "here", one && !within && !state && "outside"];
  const element = make("div", { className: names.filter(Boolean).join(" ") },
    make("b", {}, String(number)), make("i"), make("em", {}, ...marks.map(mark)), make("span", {}, text || " "));
  return element;
}
const signs = { commit: "C", effect: "→", lock: "L", unknown: "?", write: "W" };
function mark([, kind, state, text, first, last]) {
  const label = first ? (first === last ? String(first) : `${first}–${last}`) : signs[kind];
  const told = state ? `${text}; transaction here: ${state}` : text;
  return make("span", { className: `m k-${kind} m-${state}`, title: told }, label);
}
function close() {
  panel.hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
  if (opener && opener.isConnected) opener.focus();
  opener = null;
}

function filter(values) {
  Object.assign(filters, { group: "", category: "", app: "", band: "" }, values);
  search.value = "";
  render();
  byId("list").scrollIntoView();
}
for (const button of document.querySelectorAll("button[data-filter]"))
  button.addEventListener("click", () => filter(JSON.parse(button.dataset.filter)));
for (const chip of document.querySelectorAll(".chip[data-group]"))
  chip.addEventListener("click", () => { filters.group = filters.group === chip.dataset.group ? "" : chip.dataset.group; render(); });
byId("about").addEventListener("click", () => { Object.assign(filters, { category: "", app: "", band: "" }); render(); });
for (const head of document.querySelectorAll("#operations th"))
  head.querySelector("button").addEventListener("click", () => {
    const by = head.dataset.by, number = ["steps", "callers", "risk"].includes(by);
    sort = { by, down: sort.by === by ? !sort.down : number };
    render();
  });
search.addEventListener("input", render);
byId("close").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && !panel.hidden) return close();
  if (event.target === search) {
    if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); select(0); }
    if (event.key === "Escape") { search.value = ""; render(); }
    return;
  }
  if (event.key === "/" && panel.hidden) { event.preventDefault(); search.focus(); }
  else if (event.key === "j" || (event.key === "ArrowDown" && body.contains(event.target))) { event.preventDefault(); move(1); }
  else if (event.key === "k" || (event.key === "ArrowUp" && body.contains(event.target))) { event.preventDefault(); move(-1); }
  else if (event.key === "Enter" && body.contains(event.target)) { event.preventDefault(); open(shown[selected].number, event.target); }
});
function move(by) {
  select(selected + by);
  if (!panel.hidden && shown.length) open(shown[selected].number, body.children[selected]);
}
for (const list of document.querySelectorAll("ol[data-findings]")) {
  const items = part(["", data.findings[list.dataset.findings]])[1];
  if (items) list.replaceWith(items);
}
document.addEventListener("click", (event) => {
  const steps = event.target.closest("main .steps button");
  if (steps) { opener = steps; byId("title").textContent = steps.textContent; byId("status").textContent = steps.nextSibling.textContent;
    byId("kind").textContent = ""; panel.querySelector("aside").replaceChildren(); panel.hidden = false; byId("close").focus(); }
});
render();
function follow() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const found = wanted && data.operations.find((one) => one.identity === wanted);
  if (found) open(found.number);
}
window.addEventListener("hashchange", follow);
follow();
