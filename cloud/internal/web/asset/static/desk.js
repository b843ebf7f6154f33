// What scripts add to the desk: choices that send their form, a menu that closes, texts to copy, passkeys elsewhere.
// Pages work without it.
"use strict";

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
  const button = select.form.querySelector("button");
  if (button) button.classList.add("hidden");
}

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.choose[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (e) => {
  for (const open of document.querySelectorAll("details.choose[open]")) {
    if (!open.contains(e.target)) open.open = false;
  }
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
  });
}

for (const form of document.querySelectorAll("form[data-sure]")) {
  form.addEventListener("submit", (e) => {
    if (!confirm(form.dataset.sure)) e.preventDefault();
  });
}
