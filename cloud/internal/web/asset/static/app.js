// What scripts add: the total while choosing, one sending per form, the eye led to what must be mended. Pages work
// without it.
"use strict";

for (const form of document.querySelectorAll("form[data-total]")) {
  const choices = [...form.querySelectorAll("[data-price]")];
  const sum = form.querySelector("[data-sum]");
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: form.dataset.currency });
  const unit = 10 ** money.resolvedOptions().maximumFractionDigits;
  const show = () => {
    const total = choices.reduce((all, c) => all + Number(c.value) * Number(c.dataset.price), 0);
    const any = choices.some((c) => Number(c.value) > 0);
    sum.textContent = money.format(total / unit);
    sum.parentElement.hidden = !any;
  };
  form.addEventListener("change", show);
  show();
}

for (const button of document.querySelectorAll("button[data-once]")) {
  button.form.addEventListener("submit", () => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
  });
}
// A page that comes back from the browser's memory has its buttons as they were left.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-once]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

document.querySelector("[data-focus]")?.focus();
