// Shows /console/state, as /console/events brings it. Everything from outside goes into text nodes and attributes, never into markup.
"use strict";

const SHARDS = 128;
const COLUMNS = 16;
const SECONDS_KEPT = 120; // of latency and rates
const LOAD_SECONDS = 5; // over which a shard's load is taken
const QUIET_MS = 5000; // without a document: what is shown is old
const ASK_AGAIN_MS = 5000; // when the node has no stream left for us
const LOAD_MIN = 81; // changes a second: a busiest shard below that is not busy
const LAG_MAX = 10000; // entries; more is worth a word
const SVG = "http://www.w3.org/2000/svg";

const STEPS = [
  { name: "commit", text: "Commit", about: "from proposing an entry to its answers" },
  { name: "barrier", text: "Read barrier", about: "one round of linearizable reads" },
  { name: "apply", text: "Apply", about: "one log entry" },
];
const LINES = {
  self: "■ this node", up: "● answers", silent: "◐ silent", down: "✕ no connection", unknown: "◌ not known",
};
const SIGNS = { leader: "★", "no-leader": "✕", line: "⇄", map: "▦", snapshot: "▤", readiness: "●" };

const byId = (id) => document.getElementById(id);

let state = null;
let heardAt = 0;
let focused = 0;
let pointed = -1;
let past = []; // {atMs, changes[]} of the last LOAD_SECONDS
let seconds = []; // {commit, barrier, apply, writes, reads} of the last SECONDS_KEPT
let before = null;

// ---- small things

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

function short(number) {
  if (number < 9.95 && number !== Math.round(number)) return number.toFixed(1);
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (number >= size) return (number / size).toFixed(number < 10 * size ? 1 : 0) + unit;
  }
  return String(Math.round(number));
}

function bytes(number) {
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]]) {
    if (number >= size) return (number / size).toFixed(1) + " " + unit;
  }
  return number + " B";
}

function duration(micros) {
  if (micros === undefined) return "–";
  if (micros >= 1e6) return (micros / 1e6).toFixed(2) + " s";
  if (micros >= 1e3) return (micros / 1e3).toFixed(micros < 1e4 ? 2 : 1) + " ms";
  return Math.round(micros) + " µs";
}

function age(ms) {
  const total = Math.floor(ms / 1000);
  const [d, h, m] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60];
  return d ? d + " d " + h + " h" : h ? h + " h " + m + " min" : m ? m + " min" : total + " s";
}

const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
const plural = (count, word) => count + " " + word + (count === 1 ? "" : "s");
const entries = (count) => count + (count === 1 ? " entry" : " entries");
const groupName = (id) => (id === 0 ? "the root group" : "group " + id);
const groupOf = (id) => state.groups.find((group) => group.id === id);

// ---- the past

function remember(next) {
  if (before && next.uptimeMs < before.uptimeMs) {
    past = [];
    seconds = [];
    before = null;
  }
  if (next.shards) {
    past.push({ atMs: next.uptimeMs, changes: next.shards.map((shard) => shard.changes) });
    while (past.length > 2 && next.uptimeMs - past[1].atMs >= LOAD_SECONDS * 1000) past.shift();
  }
  const elapsed = before ? (next.uptimeMs - before.uptimeMs) / 1000 : 0;
  if (!before || elapsed >= 0.9) {
    const missed = Math.min(SECONDS_KEPT, Math.round(elapsed) - 1);
    for (let gap = 0; gap < missed; gap++) seconds.push({});
    const rate = (name) => (before ? Math.max(0, next[name] - before[name]) / elapsed : undefined);
    seconds.push({
      commit: next.latency.commit.p99Us,
      barrier: next.latency.barrier.p99Us,
      apply: next.latency.apply.p99Us,
      writes: rate("transactions"),
      reads: rate("barrierReads"),
    });
    while (seconds.length > SECONDS_KEPT) seconds.shift();
    before = next;
  }
}

function loadOf(shard) {
  const [first, last] = [past[0], past[past.length - 1]];
  if (!first || last.atMs === first.atMs) return undefined;
  const [from, to] = [first.changes[shard], last.changes[shard]];
  if (from === undefined || to === undefined) return undefined;
  return (Math.max(0, to - from) * 1000) / (last.atMs - first.atMs);
}

// ---- what the shards are coloured by: each gives a value, its text, its level of 0 to 5, and the scale

function steps(value, bounds) {
  if (value <= 0) return 0;
  const level = bounds.findIndex((bound) => value <= bound);
  return level < 0 ? 5 : level + 1;
}

const LAGS = [10, 100, 1000, LAG_MAX];
const DIRTY = [0.2, 0.4, 0.6, 0.8];

const MEASURES = {
  load: {
    value: (number) => loadOf(number),
    text: (value) => short(value),
    bounds: () => {
      let most = 0;
      for (let number = 0; number < SHARDS; number++) most = Math.max(most, loadOf(number) || 0);
      // Each step is three times the one before, so that neither one hot shard nor many mild ones hide the others.
      return [81, 27, 9, 3].map((part) => Math.max(most, LOAD_MIN) / part);
    },
    scale: (bounds) => ["0", ...bounds.map((bound) => "≤ " + short(bound)), "> " + short(bounds[3])],
    unit: "changes a second",
  },
  lag: {
    value: (_, group) => group.replica && group.replica.lag,
    text: (value) => short(value),
    bounds: () => LAGS,
    scale: () => ["0", "≤ 10", "≤ 100", "≤ 1k", "≤ 10k", "> 10k"],
    unit: "entries behind",
  },
  dirty: {
    value: (number) => {
      const shard = state.shards[number];
      return shard.segments === undefined ? undefined : shard.segments ? shard.dirty / shard.segments : 0;
    },
    text: (value) => Math.round(value * 100) + "%",
    bounds: () => DIRTY,
    scale: () => ["0 %", "≤ 20 %", "≤ 40 %", "≤ 60 %", "≤ 80 %", "> 80 %"],
    unit: "of the segments dirty",
  },
};

const measure = () => MEASURES[document.querySelector("input[name=by]:checked").value];

// ---- shard map

const cells = [];

function makeMap() {
  const map = byId("map");
  for (let row = 0; row < SHARDS / COLUMNS; row++) {
    const line = element("div", { class: "row", role: "row" });
    for (let column = 0; column < COLUMNS; column++) {
      const number = row * COLUMNS + column;
      const group = element("span", {});
      const value = element("b", {});
      const cell = element(
        "div",
        { class: "cell", role: "gridcell", tabindex: number ? -1 : 0, "data-shard": number, "data-level": "unknown" },
        element("i", {}, element("span", {}, String(number)), group),
        value,
      );
      cells.push({ cell, group, value });
      line.append(cell);
    }
    map.append(line);
  }
  const shardAt = (target) => {
    const cell = target.closest(".cell");
    return cell ? Number(cell.dataset.shard) : -1;
  };
  map.addEventListener("pointerover", (event) => point(shardAt(event.target)));
  map.addEventListener("pointerleave", () => point(map.contains(document.activeElement) ? focused : -1));
  map.addEventListener("focusin", (event) => {
    const shard = shardAt(event.target);
    focus(shard < 0 ? focused : shard);
  });
  map.addEventListener("keydown", (event) => {
    const columns = getComputedStyle(map).gridTemplateColumns.split(" ").length;
    const to = {
      ArrowRight: focused + 1, ArrowLeft: focused - 1, ArrowDown: focused + columns, ArrowUp: focused - columns,
      Home: 0, End: SHARDS - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to < SHARDS) focus(to);
  });
}

function focus(shard) {
  cells[focused].cell.tabIndex = -1;
  focused = shard;
  cells[shard].cell.tabIndex = 0;
  if (document.activeElement !== cells[shard].cell) cells[shard].cell.focus();
  point(shard);
}

function point(shard) {
  pointed = shard;
  if (state && state.shards) showDetail();
}

function showMap() {
  const by = measure();
  const bounds = by.bounds();
  state.shards.forEach((shard, number) => {
    const group = groupOf(shard.group);
    const value = by.value(number, group);
    const leaderless = group.replica && !group.leader;
    const { cell, group: corner, value: text } = cells[number];
    const first = number === 0 || state.shards[number - 1].group !== shard.group;
    say(corner, first ? "G" + shard.group : "");
    say(text, leaderless ? "!" : value === undefined ? "–" : by.text(value));
    mark(cell, "data-level", leaderless ? "leaderless" : value === undefined ? "unknown" : steps(value, bounds));
    mark(cell, "aria-label", "Shard " + number + ", " + groupName(shard.group) + ", "
      + (leaderless ? "no leader known" : value === undefined ? "not known here" : by.text(value) + " " + by.unit));
  });
  showScale(by, bounds);
  showDetail();
}

function showScale(by, bounds) {
  const items = [element("li", {}, by.unit + ":")];
  by.scale(bounds).forEach((text, level) =>
    items.push(element("li", {}, element("span", { class: "cell", "data-level": level }), text)));
  items.push(
    element("li", {}, element("span", { class: "cell", "data-level": "leaderless" }, "!"), "no leader"),
    element("li", {}, element("span", { class: "cell", "data-level": "unknown" }, "–"), "not known here"),
  );
  const scale = byId("scale");
  if (scale.textContent !== items.map((item) => item.textContent).join("")) scale.replaceChildren(...items);
}

function showDetail() {
  const kin = pointed < 0 ? -1 : state.shards[pointed].group;
  state.shards.forEach((shard, number) => cells[number].cell.classList.toggle("kin", shard.group === kin));
  for (const row of byId("groups").rows) row.classList.toggle("kin", Number(row.dataset.group) === kin);
  if (pointed < 0) {
    say(byId("shard"), "Point at a shard, or move with the arrow keys.");
    return;
  }
  const shard = state.shards[pointed];
  const group = groupOf(shard.group);
  const load = loadOf(pointed);
  const facts = [groupName(shard.group), group.leader ? "led by " + group.leader : "no leader known here"];
  if (load !== undefined) facts.push(short(load) + " changes a second");
  if (group.replica) facts.push("lag " + group.replica.lag);
  if (shard.segments !== undefined) {
    facts.push(shard.dirty + " of " + plural(shard.segments, "segment") + " dirty");
    facts.push(plural(shard.records, "record") + ", " + bytes(shard.bytes));
  } else if (!group.replica) {
    facts.push("no replica on " + state.node);
  }
  const text = " · " + facts.join(" · ");
  const detail = byId("shard");
  if (detail.textContent !== "Shard " + pointed + text) {
    detail.replaceChildren(element("strong", {}, "Shard " + pointed), text);
  }
}

// ---- lists: an item whose facts did not change stays as it is, so that nobody's selection or focus is lost

function list(parent, items, key, make) {
  const wanted = items.map((item) => [String(key(item)), JSON.stringify(item), item]);
  const have = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  wanted.forEach(([id, facts, item], place) => {
    let child = have.get(id);
    if (!child || child.facts !== facts) {
      const made = make(item);
      made.dataset.key = id;
      made.facts = facts;
      if (child) child.replaceWith(made);
      child = made;
    }
    have.delete(id);
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] || null);
  });
  have.forEach((child) => child.remove());
}

function showGroups() {
  const lineOf = new Map(state.nodes.map((node) => [node.name, node.line]));
  const rows = state.groups.map((group) => ({
    id: group.id,
    shards: group.shards,
    leader: group.leader,
    held: Boolean(group.replica),
    term: group.replica && group.replica.term,
    lag: group.replica && group.replica.lag,
    voters: group.voters.map((name) => {
      const follower = ((group.replica && group.replica.followers) || []).find((one) => one.node === name);
      return {
        name,
        away: ["down", "silent"].includes(lineOf.get(name)),
        behind: follower && follower.behind > 0 ? follower.behind : undefined,
      };
    }),
  }));
  list(byId("groups"), rows, (row) => row.id, (row) => {
    const voters = element("td", {});
    row.voters.forEach((voter) => {
      const leads = voter.name === row.leader;
      const is = leads ? "leader" : voter.away ? "away" : "voter";
      const behind = voter.behind && !leads ? " −" + short(voter.behind) : "";
      const chip = element("span", { class: "voter", "data-is": is },
        (leads ? "★ " : voter.away ? "✕ " : "") + voter.name + behind);
      if (behind) chip.title = entries(voter.behind) + " behind";
      voters.append(chip);
    });
    if (!row.leader) {
      voters.append(element("small", { class: row.held ? "leaderless" : "" },
        row.held ? "✕ no leader known" : "no replica here: ask a voter"));
    }
    const line = element("tr", { "data-group": row.id },
      element("td", {}, row.id === 0 ? "root" : String(row.id),
        element("small", {}, row.id === 0 ? "shard map" : plural(row.shards, "shard"))),
      voters,
      element("td", { class: "number" }, row.term === undefined ? "–" : String(row.term)),
      element("td", { class: "number" }, row.lag === undefined ? "–" : short(row.lag)));
    return line;
  });
}

function showNodes() {
  list(byId("nodes"), state.nodes, (node) => node.name, (node) => {
    const card = element("li", { class: "card", "data-is": node.line },
      element("div", { class: "name" }, element("span", {}, node.name),
        element("span", { class: "line" }, LINES[node.line] || node.line)));
    const leads = node.leads.map((id) => (id === 0 ? "root" : id)).join(", ");
    card.append(element("p", {}, "leads ", element("strong", {}, String(node.leads.length)), leads ? " (" + leads + ")" : "",
      " of ", plural(node.holds, "replica")));
    card.append(element("p", {}, (node.zone ? node.zone + " · " : "") + node.endpoints.join(", ")));
    if (node.behind !== undefined) {
      card.append(element("p", {}, node.behind ? entries(node.behind) + " behind in a group led here" : "up to date in what is led here"));
    }
    if (node.duty === "draining") card.append(element("p", { class: "draining" }, "▲ draining"));
    return card;
  });
}

function showLines() {
  list(byId("operations"), state.operations.length ? state.operations : [{}], (one) => one.text || "none", (one) =>
    one.text
      ? element("li", { "data-is": one.kind === "election" ? "bad" : one.kind },
          element("span", { class: "sign", "aria-hidden": "true" }, "↻"), element("span", {}, one.text))
      : element("li", { class: "none" }, "Nothing that this node knows of."));
  list(byId("events"), state.events.slice().reverse(), (event) => event.number, (event) =>
    element("li", { "data-is": event.kind },
      element("time", { datetime: new Date(event.atMs).toISOString() }, clock(event.atMs)),
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[event.kind] || "·"),
      element("span", {}, event.text)));
}

// ---- latency

const CHART = { left: 50, right: 632, top: 8, bottom: 186, fromUs: 10, toUs: 1e7 };

const across = (place) => CHART.left + ((CHART.right - CHART.left) * (SECONDS_KEPT - seconds.length + place)) / (SECONDS_KEPT - 1);

function up(micros) {
  const [low, high] = [Math.log10(CHART.fromUs), Math.log10(CHART.toUs)];
  const part = (Math.log10(Math.min(Math.max(micros, CHART.fromUs), CHART.toUs)) - low) / (high - low);
  return CHART.bottom - (CHART.bottom - CHART.top) * part;
}

function makeChart() {
  const chart = byId("chart");
  for (let micros = CHART.fromUs; micros <= CHART.toUs; micros *= 10) {
    const y = up(micros);
    chart.append(
      drawn("line", { class: "rule", x1: CHART.left, x2: CHART.right, y1: y, y2: y }),
      drawn("text", { x: CHART.left - 6, y: y + 4, "text-anchor": "end" },
        micros >= 1e6 ? micros / 1e6 + " s" : micros >= 1e3 ? micros / 1e3 + " ms" : micros + " µs"));
  }
  for (const [second, text, anchor] of [[0, "2 min ago", "start"], [60, "1 min", "middle"], [120, "now", "end"]]) {
    chart.append(drawn("text",
      { x: CHART.left + ((CHART.right - CHART.left) * second) / 120, y: CHART.bottom + 17, "text-anchor": anchor }, text));
  }
  STEPS.forEach((step) => {
    chart.append(drawn("path", { class: "trace " + step.name, id: "trace-" + step.name, d: "" }));
    chart.append(drawn("circle", { class: "dot " + step.name, id: "dot-" + step.name, r: 0 }));
  });
}

function showLatency() {
  STEPS.forEach((step) => {
    let path = "";
    let pen = "M";
    let last = -1;
    seconds.forEach((second, place) => {
      const micros = second[step.name];
      if (micros === undefined) {
        pen = "M";
        return;
      }
      const at = across(place).toFixed(1) + " " + up(micros).toFixed(1);
      // A lone second would be invisible without a line to itself.
      path += pen === "M" ? "M" + at + "L" + at : "L" + at;
      pen = "L";
      last = place;
    });
    byId("trace-" + step.name).setAttribute("d", path);
    const dot = byId("dot-" + step.name);
    dot.setAttribute("r", last === seconds.length - 1 && last >= 0 ? 3 : 0);
    if (last >= 0) {
      dot.setAttribute("cx", across(last));
      dot.setAttribute("cy", up(seconds[last][step.name]));
    }
  });
  const rows = STEPS.map((step) => ({ ...step, now: state.latency[step.name] }));
  list(byId("latency"), rows, (row) => row.name, (row) => {
    const sample = drawn("svg", { class: "sample", viewBox: "0 0 34 10", "aria-hidden": "true" });
    sample.append(drawn("path", { class: "trace " + row.name, d: "M0 5L34 5" }));
    return element("tr", {},
      element("td", {}, sample, row.text, element("small", {}, row.about)),
      element("td", { class: "number" }, duration(row.now.p50Us)),
      element("td", { class: "number" }, duration(row.now.p99Us)),
      element("td", { class: "number" }, duration(row.now.maxUs)),
      element("td", { class: "number" }, short(row.now.count)));
  });
}

// ---- top of the page

function figure(name, title) {
  const value = element("dd", {}, "–");
  const box = element("div", { id: "figure-" + name }, element("dt", {}, title), value);
  byId("figures").append(box);
  return { box, value };
}

const figures = {};

function makeFigures() {
  for (const [name, title] of [["nodes", "Nodes answering"], ["led", "Groups with a leader"], ["writes", "Transactions"],
    ["reads", "Linearizable reads"], ["commit", "Commit p99"], ["lag", "Largest lag"], ["dirty", "Dirty ratio"]]) {
    figures[name] = figure(name, title);
  }
  for (const name of ["writes", "reads"]) {
    const spark = drawn("svg", { class: "spark", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" });
    spark.append(drawn("polyline", { points: "" }));
    figures[name].box.append(spark);
    figures[name].spark = spark.firstChild;
  }
}

function put(name, big, small, bad) {
  const { box, value } = figures[name];
  const text = big + (small ? " " + small : "");
  if (value.textContent !== text) {
    value.replaceChildren(big, ...(small ? [" ", element("small", {}, small)] : []));
  }
  mark(box, "data-is", bad ? "bad" : "good");
}

function sparkle(name) {
  const values = seconds.map((second) => second[name]);
  const most = Math.max(1, ...values.filter((value) => value !== undefined));
  const points = values
    .map((value, place) => [((SECONDS_KEPT - values.length + place) * 100) / (SECONDS_KEPT - 1), value])
    .filter(([, value]) => value !== undefined)
    .map(([x, value]) => x.toFixed(1) + "," + (23 - (22 * value) / most).toFixed(1));
  figures[name].spark.setAttribute("points", points.join(" "));
}

function showFigures() {
  const held = state.groups.filter((group) => group.replica);
  const led = state.groups.filter((group) => group.leader).length;
  const answering = state.nodes.filter((node) => ["self", "up"].includes(node.line)).length;
  put("nodes", String(answering), "of " + state.nodes.length, answering < state.nodes.length);
  put("led", String(led), "of " + held.length + (held.length < state.groups.length ? " held here" : ""), led < held.length);
  const now = seconds[seconds.length - 1];
  put("writes", now.writes === undefined ? "–" : short(now.writes), "/s");
  put("reads", now.reads === undefined ? "–" : short(now.reads), "/s");
  sparkle("writes");
  sparkle("reads");
  const [number, unit] = duration(state.latency.commit.p99Us).split(" ");
  put("commit", number, unit);
  const lag = Math.max(0, ...held.map((group) => group.replica.lag));
  put("lag", short(lag), lag === 1 ? "entry" : "entries", lag > LAG_MAX);
  const sum = (name) => held.reduce((total, group) => total + (group.replica[name] || 0), 0);
  put("dirty", sum("segments") ? String(Math.round((100 * sum("dirty")) / sum("segments"))) : "–", "%");
}

function problems() {
  const found = [];
  if (!state.ready) found.push(state.node + " is not ready: " + state.notReady);
  state.groups
    .filter((group) => group.replica && !group.leader)
    .forEach((group) => found.push(groupName(group.id) + " has no leader that " + state.node + " knows of"));
  state.nodes
    .filter((node) => ["down", "silent"].includes(node.line))
    .forEach((node) => found.push(node.line === "down"
      ? state.node + " has no connection to " + node.name
      : node.name + " is connected and does not answer"));
  state.groups
    .filter((group) => group.replica && group.replica.lag > LAG_MAX)
    .forEach((group) => found.push(groupName(group.id) + " lags by " + group.replica.lag + " entries"));
  return found;
}

function showTop() {
  say(byId("cluster"), state.cluster);
  say(byId("speaker"), state.node);
  say(byId("about"), " · version " + state.version + (state.epoch ? " · shard map epoch " + state.epoch : "")
    + " · up " + age(state.uptimeMs));
  say(byId("ready"), state.ready ? "ready" : "not ready");
  mark(byId("ready"), "data-is", state.ready ? "good" : "bad");
  const wrong = problems();
  byId("problems").hidden = wrong.length === 0;
  list(byId("problems"), wrong, (text) => text, (text) => element("li", {}, text));
  const title = (wrong.length ? "✕ " + plural(wrong.length, "problem") + " · " : "") + state.cluster + " · vx-meta console";
  if (document.title !== title) document.title = title;
}

function show() {
  showTop();
  if (state.shards) {
    showFigures();
    showGroups();
    showMap();
    showNodes();
  }
  showLatency();
  showLines();
}

function take(text) {
  state = JSON.parse(text);
  heardAt = Date.now();
  remember(state);
  show();
  if (state.shards) showLive("live", "good");
  else showLive("live; no shard map yet", "bad"); // Dims what is left from before.
}

// ---- the wire

let way = "live";

function showLive(text, is) {
  if (is === "good" && way !== "live") [text, is] = [way, "warn"];
  say(byId("live"), text);
  mark(byId("live"), "data-is", is);
  document.body.classList.toggle("stale", is === "bad");
}

function listen() {
  const events = new EventSource("console/events");
  events.addEventListener("open", () => { way = "live"; });
  events.addEventListener("state", (event) => take(event.data));
  events.addEventListener("error", () => {
    // A broken stream comes back by itself; a refused one does not.
    if (events.readyState === EventSource.CLOSED) {
      way = "every " + ASK_AGAIN_MS / 1000 + " s";
      ask();
      setTimeout(listen, ASK_AGAIN_MS);
    }
  });
}

function ask() {
  fetch("console/state")
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then(take)
    .catch(() => {});
}

function watchSilence() {
  const quiet = Date.now() - heardAt;
  if (heardAt && quiet > QUIET_MS + ASK_AGAIN_MS * (way === "live" ? 0 : 1)) {
    showLive("no news for " + age(quiet), "bad");
  }
}

// ---- theme

function themed() {
  const themes = ["auto", "light", "dark"];
  const button = byId("theme");
  let theme = "auto";
  const set = (to) => {
    theme = to;
    document.documentElement.dataset.theme = to;
    say(button, "Theme: " + to);
  };
  try {
    set(themes.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto");
  } catch { /* Storage is forbidden: the theme lasts as long as the page. */ }
  button.addEventListener("click", () => {
    set(themes[(themes.indexOf(theme) + 1) % themes.length]);
    try {
      localStorage.setItem("theme", theme);
    } catch { /* as above */ }
  });
}

themed();
makeFigures();
makeMap();
makeChart();
for (const input of document.querySelectorAll("input[name=by]")) {
  input.addEventListener("change", () => state && state.shards && showMap());
}
setInterval(watchSilence, 1000);
listen();
