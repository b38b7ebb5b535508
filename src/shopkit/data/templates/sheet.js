"use strict";
(() => {
  const find = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const words = JSON.parse(find("#words").textContent);
  const cards = all(".card");
  const list = find("#cards");
  const key = "shopkit-sheet-" + document.body.dataset.run;

  // What a person did here; kept over a reload where the browser lets us.
  const state = { decisions: {}, pill: "", reason: "", sort: "worst", search: "", single: false, close: false, at: -1 };
  const recall = () => {
    try { Object.assign(state, JSON.parse(localStorage.getItem(key)) || {}); } catch { /* private window */ }
  };
  const remember = () => {
    try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* private window or full */ }
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // Pictures: their data lies in the page as text; an image gets it shortly before it is seen.
  const show = (image) => {
    const wanted = state.close && image.dataset.close || image.dataset.picture;
    if (image.dataset.shown === wanted) return;
    image.dataset.shown = wanted;
    image.decoding = "async";
    image.src = "data:image/jpeg;base64," + find("#picture-" + wanted).textContent;
  };
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) { all("img", target).forEach(show); near.unobserve(target); }
    }
  }, { rootMargin: "800px" });
  cards.forEach((card) => near.observe(card));
  addEventListener("beforeprint", () => all("img").forEach(show));

  // The slider: the range input is the truth, the pointer and the keys move it.
  const slide = (card, percent) => {
    const range = find("input[type=range]", card);
    if (!range) return;
    range.value = Math.min(100, Math.max(0, percent));
    find(".view", card).style.setProperty("--x", range.value + "%");
  };
  for (const card of cards) {
    const range = find("input[type=range]", card);
    if (!range) continue;
    const view = find(".view", card);
    range.addEventListener("input", () => slide(card, range.value));
    const follow = (event) => {
      const box = view.getBoundingClientRect();
      slide(card, (event.clientX - box.left) / box.width * 100);
    };
    view.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      view.setPointerCapture(event.pointerId);
      follow(event);
    });
    view.addEventListener("pointermove", (event) => {
      if (view.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  // Decisions.
  const decision = (card) => (state.decisions[card.dataset.review] || {}).decision ?? card.dataset.given;
  const paint = (card) => {
    const said = decision(card);
    const chip = find(".chip", card);
    card.dataset.decision = said;
    if (!said) delete card.dataset.decision;
    chip.className = "chip " + (said || card.dataset.status);
    chip.textContent = words["status_" + (said || card.dataset.status)];
    if (!card.dataset.review) return;
    find(".yes", card).setAttribute("aria-pressed", said === "accept");
    find(".no", card).setAttribute("aria-pressed", said === "reject");
    const note = find(".note", card);
    note.hidden = !said;
    note.value = (state.decisions[card.dataset.review] || {}).note ?? note.defaultValue;
  };
  const decide = (card, said) => {
    const id = card.dataset.review;
    if (!id) return;
    const undone = decision(card) === said;
    const note = find(".note", card).value;
    if (undone && card.dataset.given !== said) delete state.decisions[id];
    else if (!undone) state.decisions[id] = { decision: said, note };
    paint(card);
    count();
    remember();
  };
  for (const card of cards) {
    paint(card);
    if (!card.dataset.review) continue;
    find(".yes", card).addEventListener("click", () => { choose(card, false); decide(card, "accept"); });
    find(".no", card).addEventListener("click", () => { choose(card, false); decide(card, "reject"); });
    find(".note", card).addEventListener("input", (event) => {
      state.decisions[card.dataset.review] = { decision: decision(card), note: event.target.value };
      count();
      remember();
    });
  }

  // Filter, search, sort.
  const pills = {
    all: () => true,
    review: (card) => card.dataset.status === "review" && !decision(card),
    ok: (card) => card.dataset.status === "ok",
    failed: (card) => card.dataset.status === "failed" || card.dataset.status === "pending",
    decided: (card) => decision(card) !== "",
  };
  const orders = {
    worst: (card) => Number(card.dataset.worst),
    number: (card) => Number(card.dataset.number),
    name: null,
  };
  const texts = new Map(cards.map((card) => [card, find(".text", card).textContent.toLowerCase()]));
  const figure = (card, name) => {
    const value = card.getAttribute("data-" + name);
    return value === null ? Infinity : Number(value) * (words.low_is_bad.includes(name.slice(7)) ? 1 : -1);
  };
  const sorted = () => {
    const by = state.sort;
    if (by === "name") return [...cards].sort((a, b) => a.dataset.name.localeCompare(b.dataset.name, undefined, { numeric: true }));
    const order = orders[by] || ((card) => figure(card, by));
    return [...cards].sort((a, b) => order(a) - order(b) || a.dataset.number - b.dataset.number);
  };
  const visible = () => all(".card:not([hidden])", list);
  const arrange = () => {
    const wanted = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) {
      card.hidden = !(pills[state.pill](card)
        && (!state.reason || card.dataset.reason === state.reason)
        && wanted.every((word) => texts.get(card).includes(word)));
    }
    list.prepend(...sorted());
    const left = visible();
    find("#empty").hidden = left.length > 0;
    if (!left.some((card) => card.classList.contains("on"))) choose(left[0], false);
    remember();
  };
  const count = () => {
    for (const button of all("[data-pill]")) {
      const name = button.dataset.pill;
      const number = cards.filter(pills[name]).length;
      find("b", button).textContent = number;
      button.hidden = number === 0 && name !== "all" && name !== state.pill;
      button.setAttribute("aria-pressed", name === state.pill);
    }
    const asked = cards.filter((card) => card.dataset.review);
    const done = asked.filter((card) => decision(card));
    const made = Object.keys(state.decisions).length;
    find("#decided").textContent = fill(words.progress, { done: done.length, all: asked.length });
    find("#progress").max = asked.length || 1;
    find("#progress").value = done.length;
    find("#save").disabled = made === 0;
    find("#save").textContent = made ? fill(words.save_count, { count: made }) : words.save;
  };

  // One card is the current one; keys act on it.
  let current = null;
  const choose = (card, scroll = true) => {
    if (current) current.classList.remove("on");
    current = card || null;
    if (!current) return;
    current.classList.add("on");
    all("img", current).forEach(show);
    state.at = Number(current.dataset.number);
    if (!scroll) return;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: state.single ? "start" : "nearest" });
  };
  const step = (by) => {
    const row = visible();
    const at = row.indexOf(current);
    const next = row[Math.min(row.length - 1, Math.max(0, at + by))];
    if (next) { choose(next); remember(); }
  };
  const columns = () => {
    const row = visible();
    const top = row.length ? row[0].offsetTop : 0;
    const first = row.findIndex((card) => card.offsetTop !== top);
    return state.single || first < 1 ? 1 : first;
  };
  const single = (on) => {
    state.single = on;
    document.body.classList.toggle("single", on);
    find("#single").setAttribute("aria-pressed", on);
    choose(current);
    remember();
  };
  const close = (on) => {
    state.close = on;
    find("#close").setAttribute("aria-pressed", on);
    all("img[data-shown]").forEach(show);
    remember();
  };
  const peek = () => {
    const range = current && find("input[type=range]", current);
    if (range) slide(current, Number(range.value) === 100 ? 0 : 100);
  };
  const act = (said) => {
    if (!current || !current.dataset.review) return;
    const before = decision(current);
    decide(current, said);
    if (before !== said) step(1);
  };
  const keys = {
    a: () => act("accept"),
    r: () => act("reject"),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => step(columns()),
    ArrowUp: () => step(-columns()),
    f: () => single(!state.single),
    z: () => close(!state.close),
    Escape: () => single(false),
    " ": peek,
    "/": () => find("#search").focus(),
  };
  addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const writing = target.matches("input:not([type=range]), select, textarea");
    if (writing) { if (event.key === "Escape") target.blur(); return; }
    if (target.type === "range" && /^(Arrow(Left|Right)|Home|End|Page)/.test(event.key)) return;
    if (target.matches("button, a") && (event.key === " " || event.key === "Enter")) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) { event.preventDefault(); act(); }
  });
  list.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    if (card) choose(card, false);
  });
  list.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card && card !== current) choose(card, false);
  });

  // The decisions file: what "shopkit review accept --from" reads.
  const cell = (text) => {
    const runs = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? "'" + text : text;
    return '"' + runs.replace(/"/g, '""') + '"';
  };
  const save = () => {
    const lines = ["id,decision,note"];
    for (const card of [...cards].sort((a, b) => a.dataset.number - b.dataset.number)) {
      const made = state.decisions[card.dataset.review];
      if (made) lines.push([card.dataset.review, made.decision, made.note].map(cell).join(","));
    }
    const file = new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = "decisions.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    tell(lines.length - 1);
  };
  const tell = (number) => {
    const toast = find("#toast");
    const code = document.createElement("code");
    code.textContent = words.command;
    toast.replaceChildren(fill(words.saved, { count: number }) + " ", code);
    toast.hidden = false;
    setTimeout(() => { toast.hidden = true; }, 12000);
  };

  // Wire the tools and begin.
  recall();
  if (!pills[state.pill]) state.pill = cards.some(pills.review) ? "review" : "all";
  const kept = (select, value) => { select.value = value; if (select.value !== value) select.selectedIndex = 0; return select.value; };
  state.sort = kept(find("#sort"), state.sort);
  state.reason = kept(find("#reason"), state.reason);
  find("#search").value = state.search;
  for (const button of all("[data-pill]")) {
    button.addEventListener("click", () => { state.pill = button.dataset.pill; count(); arrange(); });
  }
  find("#search").addEventListener("input", (event) => { state.search = event.target.value; arrange(); });
  find("#reason").addEventListener("change", (event) => { state.reason = event.target.value; arrange(); });
  find("#sort").addEventListener("change", (event) => { state.sort = event.target.value; arrange(); });
  find("#single").addEventListener("click", () => single(!state.single));
  find("#close").addEventListener("click", () => close(!state.close));
  find("#save").addEventListener("click", save);
  cards.forEach(paint);
  count();
  const at = cards.find((card) => Number(card.dataset.number) === state.at);
  arrange();
  if (at && !at.hidden) choose(at, false);
  if (state.single) single(true);
  if (state.close) close(true);
})();
