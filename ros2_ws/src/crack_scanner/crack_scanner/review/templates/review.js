// The review page: shows one finding after the other and sends what the reviewer says of it.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const key = document.querySelector("meta[name=review-key]").content;
  const by = (id) => document.getElementById(id);
  const sheet = by("sheet");
  const map = sheet.querySelector("svg");
  const whole = map.viewBox.baseVal;
  // Without the title, which the page has.
  const top = Number(sheet.dataset.top);
  const full = [whole.x, whole.y + top, whole.width, whole.height - top];
  const words = { "": "not reviewed", added: "added by hand" };
  const state = { rows: [], shown: [], name: null, detail: null, mode: null, onPhoto: false, rated: false, at: 0, given: [], busy: false };

  // ---- the server

  async function ask(path, body) {
    const options = body === undefined ? {} : {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Review-Key": key },
      body: JSON.stringify(body),
    };
    let answer;
    try {
      answer = await fetch(path, options);
    } catch {
      throw new Error("the review has ended or cannot be reached: start crack_scanner review again");
    }
    const values = await answer.json();
    if (!answer.ok) throw new Error(values.error);
    return values;
  }

  // Runs what asks the server; what goes wrong is said on the page.
  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      say(error.message, true);
    }
  }

  function say(text, problem = false) {
    by("status").textContent = text;
    by("status").classList.toggle("problem", problem);
  }

  // ---- the list

  async function load() {
    const { findings } = await ask("findings");
    state.rows = findings;
    for (const row of findings) paint(row);
    list();
  }

  function list() {
    const at = here();
    if (at >= 0) state.at = at;
    const wanted = by("filter").value;
    const order = by("order").value;
    state.shown = state.rows.filter((row) => wanted === "all" || row.verdict === (wanted === "open" ? "" : wanted));
    if (order !== "number") {
      const field = order === "width" ? "width_mm" : "length_m";
      state.shown = [...state.shown].sort((a, b) => (b[field] ?? -1) - (a[field] ?? -1));
    }
    by("rows").replaceChildren(...state.shown.map(entry));
    by("no-rows").hidden = state.shown.length > 0;
    by("no-rows").textContent = state.rows.length ? "No finding of this kind." : "The scan has found no crack; missed ones can be added.";
    const open = state.rows.filter((row) => row.verdict === "").length;
    by("counts").textContent = `${state.rows.length} findings, ${state.rows.length - open} reviewed, ${open} to go`;
  }

  function entry(row) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = row.name;
    button.className = row.verdict;
    if (row.name === state.name) button.setAttribute("aria-current", "true");
    for (const [kind, text] of [["name", row.name], ["figures", `${row.length}, ${row.width}`],
      ["verdict", (words[row.verdict] ?? row.verdict) + (row.disputed ? ", disputed" : "")]]) {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = text;
      button.append(part);
    }
    button.addEventListener("click", () => choose(row.name));
    item.append(button);
    return item;
  }

  // ---- one finding

  function choose(name) {
    leave();
    return attempt(() => show(name));
  }

  async function show(name) {
    const detail = await ask(`findings/${encodeURIComponent(name)}`);
    state.name = name;
    state.detail = detail;
    by("detail-title").textContent = `Crack ${name}`;
    by("detail-figures").textContent = detail.figures;
    by("detail-said").textContent = detail.said;
    by("note").value = "";
    const history = detail.history.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    });
    by("history").replaceChildren(...history);
    by("history-title").hidden = history.length === 0;
    photos(detail);
    mark();
    draw();
  }

  function photos(detail) {
    const figures = [];
    if (detail.photo !== null) {
      const caption = String(detail.photo) === detail.name ? "in its surroundings" : `on the photo of crack ${detail.photo}`;
      figures.push(figure("context", `photos/${detail.photo}/context.jpg`, `Crack ${detail.name} ${caption}`, detail));
      if (detail.close_up) figures.push(figure("part", `photos/${detail.photo}/close_up.jpg`, "Widest place"));
      if (detail.profile) figures.push(figure("part", `photos/${detail.photo}/profile.svg`, "Grey values across the widest place"));
    } else {
      const none = document.createElement("p");
      none.textContent = "No photo was kept of this crack.";
      figures.push(none);
    }
    by("photos").replaceChildren(...figures);
  }

  function figure(kind, source, caption, detail) {
    const whole = document.createElement("figure");
    whole.className = kind;
    const frame = document.createElement("div");
    frame.className = "photo";
    const image = document.createElement("img");
    image.src = source;
    image.alt = caption;
    frame.append(image);
    if (detail && detail.view) {
      const { width, height, seen } = detail.view;
      const overlay = element("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMinYMin meet", "aria-hidden": "true", id: "overlay" });
      overlay.append(element("polyline", { points: text(seen), class: "seen", "vector-effect": "non-scaling-stroke" }));
      overlay.addEventListener("click", (event) => {
        if (!state.mode) return;
        state.onPhoto = true;
        addPoint(through(detail.view.to_surface, place(overlay, event)));
      });
      frame.append(overlay);
    }
    const below = document.createElement("figcaption");
    below.textContent = caption;
    whole.append(frame, below);
    return whole;
  }

  // Where the chosen finding is in the list; -1 if the list does not show it.
  function here() {
    return state.shown.findIndex((row) => row.name === state.name);
  }

  // The place after it; where the list has just let go of it, what came after it has taken its place.
  function after() {
    const at = here();
    return at < 0 ? state.at : at + 1;
  }

  function step(by_) {
    if (!state.shown.length) return;
    const at = here();
    const next = by_ > 0 ? after() : (at < 0 ? state.at : at) - 1;
    if (next >= state.shown.length) say("this is the last one of the list");
    else if (next < 0) say("this is the first one of the list");
    else choose(state.shown[next].name);
  }

  function nextOpen() {
    const from = after();
    const turned = [...state.shown.slice(from), ...state.shown.slice(0, from)];
    const open = turned.find((row) => row.verdict === "");
    if (open) return choose(open.name);
    return null;
  }

  function mark() {
    for (const button of by("rows").querySelectorAll("button")) {
      const current = button.dataset.name === state.name;
      if (current) {
        button.setAttribute("aria-current", "true");
        button.scrollIntoView({ block: "nearest" });
      } else button.removeAttribute("aria-current");
    }
    map.querySelector(".halo")?.remove();
    if (state.detail) {
      const halo = element("polyline", { points: text(state.detail.path.map(toSheet)), class: "halo" });
      map.insertBefore(halo, map.querySelector("a"));
    }
  }

  // ---- verdicts

  async function give(kind, more = {}, finding = state.name) {
    if (state.busy) return null;
    state.busy = true;
    try {
      const body = { finding, kind, reviewer: by("reviewer").value, note: by("note").value, ...more };
      const { finding: row, name } = await ask("verdicts", body);
      take(row, name);
      return name;
    } finally {
      state.busy = false;
    }
  }

  function take(row, name) {
    const at = state.rows.findIndex((one) => one.name === name);
    if (row === null) {
      if (at >= 0) state.rows.splice(at, 1);
      map.querySelector(`a[href="#crack-${CSS.escape(name)}"]`)?.remove();
    } else {
      if (at >= 0) state.rows[at] = row;
      else state.rows.push(row);
      paint(row);
    }
    list();
  }

  function judge(kind) {
    if (state.name === null) return say("choose a finding first", true);
    return attempt(async () => {
      const name = await give(kind);
      if (name === null) return;
      remember(name);
      say(`crack ${name}: ${kind}`);
      if (nextOpen() === null) {
        await show(name);
        say(`crack ${name}: ${kind}; nothing in this list is left to review`);
      }
    });
  }

  // What was said on this page, to take it back; under another name than now, perhaps.
  function remember(name) {
    state.given.push({ name, reviewer: by("reviewer").value });
  }

  function undo() {
    if (state.busy) return null;
    const mine = state.given.pop() ?? { name: state.name, reviewer: by("reviewer").value };
    const row = state.rows.find((one) => one.name === mine.name);
    if (!row || row.verdict === "") return say("nothing to take back", true);
    return attempt(async () => {
      const name = await give("withdrawn", { note: "", reviewer: mine.reviewer }, mine.name);
      if (state.rows.some((row) => row.name === name)) await show(name);
      else clear();
      say(`crack ${name}: your last verdict is taken back`);
    });
  }

  function clear() {
    state.name = state.detail = null;
    by("detail-title").textContent = "No finding chosen";
    for (const id of ["detail-figures", "detail-said"]) by(id).textContent = "";
    for (const id of ["photos", "history"]) by(id).replaceChildren();
    by("history-title").hidden = true;
    mark();
    draw();
  }

  // ---- corrections and missed cracks

  function edit(mode) {
    if (mode === "correct" && state.name === null) return say("choose a finding first", true);
    state.mode = mode;
    state.onPhoto = state.rated = false;
    const given = mode === "correct" ? state.detail.corrected : { width_mm: null, severity: "", path: [] };
    by("edit-title").textContent = mode === "correct" ? `Correct crack ${state.name}` : "Add a crack that was missed";
    by("width").value = given.width_mm ?? "";
    by("severity").value = given.severity;
    by("points").value = written(given.path);
    by("edit").hidden = false;
    for (const view of [sheet, ...document.querySelectorAll(".photo")]) view.classList.add("drawing");
    draw();
    by("width").focus();
    say(mode === "correct" ? "what is left empty stays as it was found" : "click along the crack, or once for its place");
  }

  function leave() {
    state.mode = null;
    by("edit").hidden = true;
    for (const view of document.querySelectorAll(".drawing")) view.classList.remove("drawing");
    say("");
    draw();
  }

  function save() {
    const mode = state.mode;
    if (!mode) return;
    attempt(async () => {
      if (!by("width").checkValidity()) throw new Error("the width is no number of millimetres from 0.01 to 1000");
      const more = {
        width_mm: by("width").value === "" ? null : Number(by("width").value),
        severity: by("severity").value,
        path: points(),
        photo: state.onPhoto ? state.detail.photo : null,
      };
      const kind = mode === "correct" ? "corrected" : "added";
      const name = await give(kind, more, mode === "correct" ? state.name : "");
      if (name === null) return;
      remember(name);
      leave();
      await show(name);
      say(`crack ${name}: ${words[kind] ?? kind}`);
      by("detail-title").scrollIntoView({ block: "nearest" });
    });
  }

  // The points of the line in metres; those that are still being written are refused.
  function points() {
    return by("points").value.split("\n").filter((line) => line.trim()).map((line) => {
      const pair = line.trim().split(/[\s,;]+/).map(Number);
      if (pair.length !== 2 || pair.some(Number.isNaN)) throw new Error(`'${line.trim()}' is not u and v in metres`);
      return pair;
    });
  }

  function addPoint([u, v]) {
    const before = by("points").value.trim();
    by("points").value = (before ? `${before}\n` : "") + written([[u, v]]);
    draw();
  }

  function removePoint() {
    by("points").value = by("points").value.trim().split("\n").slice(0, -1).join("\n");
    draw();
  }

  function written(path) {
    return path.map(([u, v]) => `${u.toFixed(4)} ${v.toFixed(4)}`).join("\n");
  }

  // The line that is being drawn, or else the one that a reviewer has drawn, over map and photo.
  function draw() {
    for (const old of document.querySelectorAll(".drawn, .point")) old.remove();
    let path = state.detail ? state.detail.corrected.path : [];
    if (state.mode) {
      try {
        path = points();
      } catch {
        return;
      }
    }
    if (!path.length) return;
    trace(map, path.map(toSheet), map.viewBox.baseVal.width / 160);
    const overlay = by("overlay");
    if (overlay) trace(overlay, path.map((point) => through(state.detail.view.to_photo, point)), overlay.viewBox.baseVal.width / 160);
  }

  function trace(svg, path, size) {
    svg.append(element("polyline", { points: text(path), class: "drawn", "vector-effect": "non-scaling-stroke" }));
    for (const [x, y] of path) svg.append(element("circle", { cx: x, cy: y, r: size, class: "point" }));
  }

  // ---- the map

  function toSheet([u, v]) {
    const { left, bottom, scale } = sheet.dataset;
    return [Number(left) + u * Number(scale), Number(bottom) - v * Number(scale)];
  }

  function toSurface([x, y]) {
    const { left, bottom, scale } = sheet.dataset;
    return [(x - Number(left)) / Number(scale), (Number(bottom) - y) / Number(scale)];
  }

  // A finding's line on the map, as it stands.
  function paint(row) {
    const href = `#crack-${row.name}`;
    let link = map.querySelector(`a[href="${CSS.escape(href).replace("\\#", "#")}"]`);
    if (!link) {
      link = element("a", { href, tabindex: "-1" });
      link.append(element("polyline", { fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round", "stroke-width": 4 }));
      map.append(link);
    }
    const line = link.querySelector("polyline");
    line.setAttribute("stroke", row.colour);
    link.setAttribute("class", row.verdict);
    link.dataset.found ??= line.getAttribute("points") ?? "";
    let points = link.dataset.found;
    if (row.path) {
      const path = row.path.map(toSheet);
      const [x, y] = path[0];
      points = text(path.length > 1 ? path : [[x - 4, y], [x + 4, y]]);
    }
    line.setAttribute("points", points);
    link.querySelector(".hit")?.remove();
    link.append(element("polyline", { points, class: "hit" }));
    if (!link.dataset.found) nameBeside(link, row);
  }

  // Beside a crack that a reviewer has added; the others have theirs on the map.
  function nameBeside(link, row) {
    link.querySelector("text")?.remove();
    const [x, y] = toSheet(row.path[Math.floor(row.path.length / 2)]);
    const label = element("text", { x, y: y - 14, "text-anchor": "middle" });
    label.textContent = row.name;
    link.append(label);
  }

  function zoom(factor, centre) {
    const box = map.viewBox.baseVal;
    const width = Math.min(Math.max(box.width * factor, full[2] / 200), full[2]);
    const scale = width / box.width;
    const [x, y] = centre ?? (state.detail ? toSheet(state.detail.path[Math.floor(state.detail.path.length / 2)]) : [box.x + box.width / 2, box.y + box.height / 2]);
    const across = centre ? (x - box.x) / box.width : 0.5;
    const down = centre ? (y - box.y) / box.height : 0.5;
    view(x - across * width, y - down * box.height * scale, width, box.height * scale);
  }

  function view(x, y, width, height) {
    const inside = (value, low, size, room) => Math.min(Math.max(value, low), low + room - size);
    map.setAttribute("viewBox", [inside(x, full[0], width, full[2]), inside(y, full[1], height, full[3]), width, height].join(" "));
    draw();
  }

  let drag = null;
  map.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, box: { ...boxOf() }, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (Math.hypot(x, y) > 5) drag.moved = true;
    const scale = map.getScreenCTM().a;
    if (drag.moved) view(drag.box.x - x / scale, drag.box.y - y / scale, drag.box.width, drag.box.height);
  });
  window.addEventListener("pointerup", () => setTimeout(() => { drag = null; }));
  map.addEventListener("click", (event) => {
    event.preventDefault();
    if (drag && drag.moved) return;
    if (state.mode) addPoint(toSurface(place(map, event)));
    else {
      const link = event.target.closest("a");
      if (link) choose(link.getAttribute("href").slice("#crack-".length));
    }
  });
  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, place(map, event));
  }, { passive: false });

  function boxOf() {
    const { x, y, width, height } = map.viewBox.baseVal;
    return { x, y, width, height };
  }

  // ---- small things

  function element(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    return made;
  }

  function text(path) {
    return path.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");
  }

  function place(svg, event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  function through(matrix, [x, y]) {
    const [a, b, c] = matrix.map((row) => row[0] * x + row[1] * y + row[2]);
    return [a / c, b / c];
  }

  const help = () => (by("help").open ? by("help").close() : by("help").showModal());
  const actions = {
    j: () => step(1), ArrowRight: () => step(1), n: () => step(1),
    k: () => step(-1), ArrowLeft: () => step(-1), p: () => step(-1),
    o: () => { if (nextOpen() === null) say("nothing in this list is left to review"); },
    c: () => judge("confirmed"), r: () => judge("rejected"), e: () => edit("correct"), a: () => edit("add"),
    u: undo, t: () => by("note").focus(), "?": help,
    Backspace: () => { if (state.mode) removePoint(); },
    "+": () => zoom(0.6), "-": () => zoom(1 / 0.6), 0: () => view(...full),
  };

  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Enter" && event.ctrlKey && state.mode) {
      event.preventDefault();
      save();
    } else if (event.key === "Escape" && !by("help").open) {
      if (state.mode) leave();
      document.activeElement.blur();
    } else if (!writing && by("keys").checked && !(event.ctrlKey || event.altKey || event.metaKey) &&
        (!by("help").open || event.key === "?") && Object.hasOwn(actions, event.key)) {
      event.preventDefault();
      actions[event.key]();
    }
  });

  for (const [id, action] of Object.entries({
    confirm: actions.c, reject: actions.r, correct: actions.e, add: actions.a, undo,
    next: actions.j, previous: actions.k, cancel: leave, "last-point": removePoint, "open-help": help, "close-help": help,
    "zoom-in": actions["+"], "zoom-out": actions["-"], "zoom-all": actions[0],
  })) by(id).addEventListener("click", action);
  by("edit").addEventListener("submit", (event) => { event.preventDefault(); save(); });
  by("points").addEventListener("input", draw);
  // Another width is rated anew, unless the reviewer has just chosen a severity.
  by("width").addEventListener("input", () => { if (!state.rated) by("severity").value = ""; });
  by("severity").addEventListener("change", () => { state.rated = true; });
  by("filter").addEventListener("change", list);
  by("order").addEventListener("change", list);
  // What others have said meanwhile.
  window.addEventListener("focus", () => attempt(load));

  view(...full);
  attempt(async () => {
    await load();
    const first = state.rows.find((row) => row.verdict === "") ?? state.rows[0];
    if (first) await show(first.name);
  });
})();
