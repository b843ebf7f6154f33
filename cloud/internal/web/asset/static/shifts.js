// What scripts add to a plan of shifts: people and shifts are dragged to a door. Everything can be done without, by the forms.
"use strict";

let held = null;

for (const item of document.querySelectorAll("[data-person], [data-shift]")) {
  item.draggable = true;
  item.addEventListener("dragstart", (e) => {
    held = item;
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", item.dataset.person || item.dataset.shift);
    e.stopPropagation();
  });
  item.addEventListener("dragend", () => {
    held = null;
    for (const post of document.querySelectorAll(".post.over")) post.classList.remove("over");
  });
}

for (const post of document.querySelectorAll("[data-post]")) {
  post.addEventListener("dragover", (e) => {
    if (!held) return;
    e.preventDefault();
    post.classList.add("over");
  });
  post.addEventListener("dragleave", (e) => {
    if (!post.contains(e.relatedTarget)) post.classList.remove("over");
  });
  post.addEventListener("drop", (e) => {
    if (!held) return;
    e.preventDefault();
    if (held.dataset.person) {
      const form = post.querySelector("form[data-add]");
      form.elements.controller.value = held.dataset.person;
      form.requestSubmit();
    } else if (!post.contains(held)) {
      const form = held.querySelector("form[data-move]");
      form.elements.checkpoint.value = post.dataset.post;
      form.requestSubmit(form.querySelector("button[data-go]"));
    }
  });
}
