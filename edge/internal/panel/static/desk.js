// What the people at a gate may do: sign on, type a code, ask a supervisor, settle, look back, try the lamps.
// It works by touch, by keyboard alone (Tab, Enter, Esc; m opens the menu, s asks the supervisor), and on 800 x 480.
"use strict";
(() => {
  const acts = document.body.dataset.acts;
  const query = document.body.dataset.query;
  const dialog = (id) => document.getElementById(id);
  let notice = ""; // what the lane showed for a moment
  let wish = null; // what waits for the supervisor: path and body

  async function send(path, body, method = "POST") {
    try {
      const answer = await fetch(acts + path + query, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) });
      return await answer.json();
    } catch {
      return { ok: false, say: document.body.dataset.lostWord };
    }
  }

  function open(id) {
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    const d = dialog(id);
    for (const input of d.querySelectorAll("input")) input.value = "";
    tell(d, "");
    if (id === "typing") forget();
    if (id === "last" || id === "unsettled") fill(d, id);
    d.showModal();
    d.querySelector("input, button").focus();
    rest();
  }

  // An answer takes the place of the letters; the next touch of the field brings them back.
  function forget() {
    dialog("found").replaceChildren();
    dialog("typing").classList.remove("answered");
  }
  for (const what of ["input", "pointerdown"]) dialog("code").addEventListener(what, forget);

  // A dialog that nobody touches for a while goes: the next guest must see the lane.
  let timer = 0;
  function rest() {
    clearTimeout(timer);
    timer = setTimeout(() => document.querySelectorAll("dialog[open]").forEach((d) => d.close()), 60000);
  }

  function tell(d, text) {
    const at = d.querySelector(".result");
    if (at) at.textContent = text || "";
  }

  async function fill(d, id) {
    const rows = d.querySelector(".rows");
    rows.textContent = "…";
    const answer = await fetch(acts + "more" + query).then((r) => r.json()).catch(() => ({ last: [], unknown: [] }));
    const list = id === "last" ? answer.last : answer.unknown;
    rows.replaceChildren(...list.map((row) => line(row, id === "unsettled" ? rows.dataset : null)));
    if (list.length === 0) rows.textContent = rows.dataset.empty;
  }

  function line(row, settle) {
    const div = document.createElement("div");
    div.className = "row " + row.mood;
    for (const text of [row.at, row.word, row.detail]) {
      const span = document.createElement("span");
      span.textContent = text;
      div.append(span);
    }
    for (const [text, entered] of settle ? [[settle.yes, true], [settle.no, false]] : []) {
      const button = document.createElement("button");
      button.textContent = text;
      button.addEventListener("click", () => ask("settle", { scan: row.scan, entered }));
      div.append(button);
    }
    return div;
  }

  // ask first makes the lane wait for a badge, and offers number and PIN meanwhile.
  async function ask(path, body) {
    wish = { path, body };
    open("who");
    const answer = await send(path, body);
    if (!answer.ok) tell(dialog("who"), answer.say);
  }

  function login(d) {
    return { number: Number(d.querySelector("[name=number]").value) || 0, pin: d.querySelector("[name=pin]").value };
  }

  async function confirm(what, d) {
    if (what === "look" || what === "type") return code(what, d);
    const who = login(d);
    if (who.number === 0 || who.pin === "") return;
    const answer = what === "duty" ? await send("duty", who) : await send(wish.path, { ...wish.body, ...who });
    if (answer.ok) d.close();
    else tell(d, answer.say);
    d.querySelector("[name=pin]").value = "";
  }

  async function code(what, d) {
    const text = dialog("code").value.trim();
    if (text === "") return;
    const answer = await send(what, { text });
    if (!answer.ok) return tell(d, answer.say);
    tell(d, "");
    if (what === "type") return d.close();
    const found = dialog("found");
    d.classList.add("answered");
    found.className = answer.found.mood;
    const word = document.createElement("strong");
    word.textContent = answer.found.word;
    found.replaceChildren(word, ...answer.found.lines.map((text) => {
      const p = document.createElement("p");
      p.textContent = text;
      return p;
    }));
  }

  dialog("who").addEventListener("close", () => send("override", {}, "DELETE")); // nobody waits for a badge unseen
  for (const pad of document.querySelectorAll(".digits")) keys(pad, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "⌫"]);
  for (const pad of document.querySelectorAll(".letters")) keys(pad, [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ", "⌫"]);
  function keys(pad, all) {
    for (const key of all) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key;
      button.tabIndex = -1; // who has a keyboard types
      pad.append(button);
    }
    let field = null;
    const d = pad.closest("dialog");
    d.addEventListener("focusin", (event) => { if (event.target.matches("input")) field = event.target; });
    pad.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps its focus
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("button")?.textContent;
      if (!key) return;
      field = field || d.querySelector("input");
      if (key === "⌫") field.value = field.value.slice(0, -1);
      else if (field.value.length < field.maxLength) field.value += key;
      const inputs = [...d.querySelectorAll("input")];
      if (field.name === "number" && field.value.length === field.maxLength) inputs[1].focus();
    });
  }

  document.addEventListener("click", async (event) => {
    rest();
    const button = event.target.closest("button");
    if (!button) return;
    const d = button.closest("dialog");
    if (button.id === "open-menu") open("menu");
    if (button.id === "ask") open("reasons");
    if (button.dataset.open) open(button.dataset.open);
    if ("close" in button.dataset) d.close();
    if (button.dataset.reason) ask("override", { reason: button.dataset.reason });
    if (button.dataset.send) confirm(button.dataset.send, d);
    if (button.dataset.act) {
      const answer = await send(button.dataset.act, {}, button.dataset.method);
      if (answer.ok) d.close();
      else tell(d, answer.say);
    }
  });

  document.addEventListener("keydown", (event) => {
    rest();
    const inside = event.target.closest("dialog[open]"); // a closed one may keep the focus
    if (event.key === "Enter" && event.target.matches("input")) {
      const fields = [...inside.querySelectorAll("input")];
      const next = fields[fields.indexOf(event.target) + 1];
      if (next) next.focus();
      else inside.querySelector(".primary").click();
      event.preventDefault();
    }
    if (inside || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "m") open("menu");
    if (event.key === "s" && !dialog("ask").hidden) open("reasons");
  });

  // The lane's own words come first: a badge that was waited for, or the next guest, closes what is open.
  document.addEventListener("view", (event) => {
    const view = event.detail;
    dialog("ask").hidden = !view.ask;
    dialog("unknown").hidden = view.unknown === 0;
    dialog("unknown").textContent = view.unknown;
    dialog("duty").textContent = view.duty;
    for (const tile of document.querySelectorAll("[data-show]")) tile.hidden = (tile.dataset.show === "on") !== view.on_duty;
    const told = Boolean(view.notice) && view.notice !== notice;
    notice = view.notice;
    if (view.fresh || told) document.querySelectorAll("dialog[open]").forEach((d) => d.close());
  });
})();
