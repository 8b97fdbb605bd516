"use strict";

const $ = (id) => document.getElementById(id);
const fieldIds = ["status", "path", "provider", "endpoint", "grant", "authorization"];
let drafted = { row: "", example: "" };
let canSave = false;

// ask posts a value to the workbench and returns what it answers.
async function ask(what, value) {
  const response = await fetch("/api/" + what, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  const type = response.headers.get("Content-Type") || "";
  const answer = type.startsWith("application/json") ? await response.json() : { error: await response.text() };
  if (!response.ok && answer.error === undefined) answer.error = "status " + response.status;
  if (answer && answer.error !== undefined && !response.ok) throw new Error(answer.error);
  return answer;
}

// element makes an element with texts and elements in it. Texts stay texts.
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function option(value, text) {
  const made = element("option", "", text);
  made.value = value;
  return made;
}

// group puts options under a title, if there are any.
function group(title, options) {
  const made = element("optgroup", "", ...options);
  made.label = title;
  return options.length ? [made] : [];
}

// latest runs a function a moment after the last key, or else at once, and drops answers
// that a later call has overtaken.
function latest(delay, run) {
  let timer = 0;
  let turn = 0;
  return (event) => {
    clearTimeout(timer);
    const mine = ++turn;
    const typed = event && event.inputType !== "insertFromPaste";
    timer = setTimeout(() => run(() => mine === turn), typed ? delay : 0);
  };
}

function fail(error) {
  $("failure").textContent = error.message;
  $("failure").hidden = false;
  $("shown").hidden = true;
  $("empty").hidden = true;
}

const read = latest(60, async (isLatest) => {
  const response = $("response").value;
  if (response.trim() === "") {
    $("shown").hidden = $("failure").hidden = true;
    $("empty").hidden = false;
    return;
  }
  const value = { response, mapping: $("mapping").value };
  for (const id of fieldIds) value[id] = $(id).value;
  value.status = Number(value.status) || 0;
  try {
    const seen = await ask("read", value);
    if (isLatest()) show(seen);
  } catch (error) {
    if (isLatest()) fail(error);
  }
});

function show(seen) {
  $("failure").hidden = $("empty").hidden = true;
  $("shown").hidden = false;
  $("guesses").replaceChildren(...(seen.guesses || []).filter((g, i) => i === 0 || g.share >= 0.005).map(showGuess));
  const outcome = $("outcome");
  const rewritten = seen.outcome === "normalized";
  outcome.className = rewritten ? "outcome rewritten" : "outcome";
  outcome.replaceChildren(element("strong", "", seen.error && rewritten ? seen.error : seen.outcome), ": " + seen.meaning + ". ");
  if (seen.row) outcome.append("Decided by " + seen.row + ". ");
  if (seen.action) outcome.append("What to do: " + seen.action.replace("_", " ") + ". ");
  outcome.append("Read as " + seen.provider + ", " + seen.endpoint + " endpoint.");
  if (seen.unloaded) outcome.append(" The mapping has mistakes, so it is left out.");
  drafted = seen.draft;
  $("row").disabled = !drafted.row;
  $("example").disabled = !drafted.example;
  showLines("original", seen.original, "gone");
  showLines("answer", seen.answer, "new");
  $("read").replaceChildren(...(seen.read || []).map((step) => {
    const item = element("li", step.chosen ? "chosen" : "", element("code", "", step.place));
    const found = [step.code, step.description].filter(Boolean).map((text) => "“" + text + "”").join(", ");
    const known = step.code ? (step.known ? "known" : "not known") : "";
    item.append(element("span", "verdict", [found || "nothing there", known, step.chosen ? "taken" : ""].filter(Boolean).join(" · ")));
    return item;
  }));
  const rows = (seen.rows || []).map((step) => element("li", step.chosen ? "chosen" : "",
    element("code", "", step.text), element("span", "verdict", step.position + " · " + step.verdict)));
  $("rows").replaceChildren(...(rows.length ? rows : [element("li", "", "None is for this code or status.")]));
}

function showGuess(guess) {
  const percent = Math.round(guess.share * 100) + " %";
  const meter = element("meter", "");
  meter.min = 0; meter.max = 1; meter.value = guess.share;
  meter.setAttribute("aria-label", "sureness of " + guess.provider);
  const use = element("button", "", "Use");
  use.type = "button";
  use.setAttribute("aria-label", "Use " + guess.provider);
  use.addEventListener("click", () => { $("provider").value = guess.provider; read(); });
  return element("li", "",
    element("div", "who", element("span", "share", percent), meter, element("strong", "", guess.provider), use),
    element("div", "title", guess.title),
    element("div", "why", guess.why.join(" · ") || "nothing in particular"));
}

function showLines(id, lines, className) {
  $(id).replaceChildren(...(lines || []).map((line) => element("span", line.changed ? className : "", line.text)));
}

// lint says what is wrong with the mapping, at its lines.
const lint = latest(120, async (isLatest) => {
  try {
    const linted = await ask("lint", { mapping: $("mapping").value });
    if (isLatest()) showProblems(linted);
  } catch (error) {
    if (isLatest()) showState("problems-state", error.message, "bad");
  }
});

function showProblems(linted) {
  const problems = linted.problems || [];
  const remarks = linted.remarks || [];
  const state = problems.length ? count(problems.length, "mistake") + ": the file cannot be loaded"
    : remarks.length ? "It loads, with " + count(remarks.length, "remark") : "It loads, and there is nothing to report";
  showState("problems-state", state, problems.length ? "bad" : "good");
  $("problems").replaceChildren(...problems.map((note) => showNote(note, "bad")), ...remarks.map((note) => showNote(note, "")));
  $("mapping").setAttribute("aria-invalid", String(problems.length > 0));
  $("save").disabled = !canSave || problems.length > 0;
  const marks = new Map();
  for (const note of remarks) marks.set(note.line, "remark");
  for (const note of problems) marks.set(note.line, "bad");
  showGutter(marks);
}

function count(n, what) { return n + " " + what + (n === 1 ? "" : "s"); }

function showState(id, text, className) {
  $(id).textContent = text;
  $(id).className = "state " + className;
}

function showNote(note, className) {
  const item = element("li", className);
  if (note.line > 0) {
    const go = element("button", "", "line " + note.line);
    go.type = "button";
    go.addEventListener("click", () => goTo(note.line));
    item.append(go, " ");
  }
  item.append(note.text);
  return item;
}

let lastMarks = new Map();
function showGutter(marks) {
  lastMarks = marks || lastMarks;
  const lines = $("mapping").value.split("\n").length;
  const numbers = [];
  for (let i = 1; i <= lines; i++) numbers.push(element("span", lastMarks.get(i) || "", String(i)));
  $("gutter").replaceChildren(...numbers);
  $("gutter").scrollTop = $("mapping").scrollTop;
}

// goTo selects a line of the mapping.
function goTo(line) {
  const lines = $("mapping").value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  $("mapping").focus();
  $("mapping").setSelectionRange(start, start + (lines[line - 1] || "").length);
  const height = $("mapping").scrollHeight / lines.length;
  $("mapping").scrollTop = Math.max(0, (line - 4) * height);
}

function edit(text) {
  $("mapping").value = text;
  edited();
}

function edited(event) {
  showGutter();
  lint(event);
  read(event);
}

async function add(list, line) {
  try {
    const added = await ask("add", { mapping: $("mapping").value, list, line });
    edit(added.mapping);
    goTo(added.line);
    showState("work-state", "Line " + added.line + " is new: check what it says.", "good");
  } catch (error) {
    showState("work-state", error.message, "bad");
  }
}

async function run() {
  $("report").replaceChildren();
  try {
    const report = await ask("test", { mapping: $("mapping").value });
    const failed = report.failed || [];
    const others = [...(report.uncovered || []), ...(report.indifferent || [])];
    showState("work-state", failed.length ? count(failed.length, "example") + " of " + report.examples + " failed"
      : (report.examples === 1 ? "The example holds" : "All " + report.examples + " examples hold") + (others.length ? ", with " + count(others.length, "remark") : ""),
    failed.length ? "bad" : "good");
    $("report").replaceChildren(...failed.map((note) => showNote(note, "bad")), ...others.map((note) => showNote(note, "")));
  } catch (error) {
    showState("work-state", error.message, "bad");
  }
}

async function save() {
  try {
    const saved = await ask("save", { mapping: $("mapping").value });
    showState("work-state", "Saved to " + saved.file, "good");
  } catch (error) {
    showState("work-state", error.message, "bad");
  }
}

async function pick() {
  const list = $("unmapped");
  try {
    const entries = await ask("unmapped", {}) || [];
    list.replaceChildren(...entries.map((entry) => {
      const button = element("button", "", [entry.count + " ×", entry.provider, entry.endpoint, entry.status, entry.code, entry.description].filter(Boolean).join(" · "));
      button.type = "button";
      button.addEventListener("click", () => take(entry));
      return element("li", "", button);
    }));
    if (!entries.length) list.replaceChildren(element("li", "", "None was seen since Caddy started."));
  } catch (error) {
    list.replaceChildren(element("li", "bad", error.message));
  }
  list.hidden = false;
}

// take shows a response like that of an unmapped error, of which no body is kept.
function take(entry) {
  $("response").value = entry.response;
  $("endpoint").value = entry.endpoint;
  $("grant").value = entry.grant || "none";
  const known = [...$("provider").options].find((o) => o.value === entry.provider || o.dataset.provider === entry.provider);
  if (known) $("provider").value = known.value;
  $("response").focus();
  read();
}

const search = latest(120, async (isLatest) => {
  const query = $("search").value;
  try {
    const found = await ask("search", { query });
    if (!isLatest()) return;
    const rows = found.rows || [];
    const more = found.all > rows.length ? ", of which the best " + rows.length + " are here" : "";
    showState("search-state", query.trim() === "" ? "" : count(found.all, "row") + more, "");
    $("found").replaceChildren(...rows.map(showFound));
  } catch (error) {
    if (isLatest()) showState("search-state", error.message, "bad");
  }
});

function showFound(row) {
  const left = [row.status || "any status", row.code, row.text && "“" + row.text + "”", row.where && "at " + row.where].filter(Boolean).join(" ");
  const right = row.error ? row.answer + " " + row.error + ", " + row.action.replace("_", " ") : "passes as it is";
  const source = element("span", "verdict", row.position + ": ");
  if (/^https?:/.test(row.url)) {
    const link = element("a", "", row.source);
    link.href = row.url;
    link.rel = "noreferrer noopener";
    link.target = "_blank";
    source.append(link);
  } else {
    source.append(row.source);
  }
  const item = element("li", "", element("div", "", element("strong", "", row.provider), " " + left + " → ", element("strong", "", right)));
  if (row.example) item.append(element("code", "raw", row.example));
  item.append(source);
  return item;
}

const sample = `HTTP/1.1 403 Forbidden
Content-Type: application/json

{"error":"access_denied","error_description":"Unknown or invalid refresh token."}
`;

async function start() {
  const started = await ask("start", {});
  canSave = started.file !== "";
  $("file").textContent = started.file || "caddy-auth-errors: no file to save to";
  $("mapping-label").textContent = started.file || "Not saved anywhere";
  const handlers = (started.handlers || []).map((h) => {
    const made = option(h.name, h.title + " " + h.name);
    made.dataset.provider = h.title;
    return made;
  });
  $("provider").append(...group("Of the Caddyfile", handlers), ...group("Shipped", started.providers.map((p) => option(p.name, p.name))));
  $("provider").value = started.handler;
  $("endpoint").append(...started.endpoints.map((e) => option(e.name, e.name)));
  $("grant").append(...started.grants.map((g) => option(g.name, g.name)));
  $("live").hidden = !started.live;
  $("save").disabled = !canSave;
  edit(started.mapping);
  document.body.dataset.ready = "true";
}

$("search").addEventListener("input", search);
$("response").addEventListener("input", read);
for (const id of fieldIds) $(id).addEventListener("input", read);
$("mapping").addEventListener("input", edited);
$("mapping").addEventListener("scroll", () => { $("gutter").scrollTop = $("mapping").scrollTop; });
$("sample").addEventListener("click", () => { $("response").value = sample; $("path").value = "/oauth/token"; read(); });
$("row").addEventListener("click", () => add("errors", drafted.row));
$("example").addEventListener("click", () => add("examples", drafted.example));
$("run").addEventListener("click", run);
$("save").addEventListener("click", save);
$("live").addEventListener("click", pick);
start().catch(fail);
