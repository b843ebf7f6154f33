// The page's texts, in its language: {name} is filled, plurals are chosen, times are written as people write them.

export class Words {
  #texts;
  #tag;
  #plural;

  constructor(texts, tag) {
    this.#texts = texts;
    this.#tag = tag;
    this.#plural = new Intl.PluralRules(tag);
  }

  // find gives a text, or "" where the page has none.
  find(id, values = {}) {
    const text = this.#texts[`scan.${id}`] ?? this.#texts[`scan.${id}.${this.#plural.select(values.n ?? 0)}`] ?? "";
    return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
  }

  // text is find for texts that must be there: a missing one shows its name, and a test finds it.
  text(id, values) {
    return this.find(id, values) || id;
  }

  number(n) {
    return new Intl.NumberFormat(this.#tag).format(n);
  }

  clock(at, seconds = false) {
    return new Date(at).toLocaleTimeString(this.#tag, { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, hour12: false });
  }

  // when is a time of day, with the day where it is not today's.
  when(at, now) {
    const time = this.clock(at);
    if (new Date(at).toDateString() === new Date(now).toDateString()) return this.text("say.used_at", { time });
    const day = new Date(at).toLocaleDateString(this.#tag, { day: "2-digit", month: "2-digit" });
    return this.text("say.on_day", { day, time });
  }

  age(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 90) return this.text("age.seconds", { n: seconds });
    if (seconds < 5400) return this.text("age.minutes", { n: Math.round(seconds / 60) });
    return this.text("age.hours", { n: Math.round(seconds / 3600) });
  }
}

// readWords takes the texts that the server wrote into the page.
export function readWords() {
  return new Words(JSON.parse(document.getElementById("texts").textContent), document.documentElement.lang);
}
