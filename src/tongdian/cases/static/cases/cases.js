// Papers go off as soon as they are chosen; a form beside the work is closed without leaving it.
"use strict";

document.addEventListener("change", (event) => {
  const chosen = event.target.closest("[data-send]");
  if (chosen?.files.length) {
    const form = chosen.form;
    form.querySelector("[data-progress]").textContent = chosen.files[0].name;
    form.requestSubmit();
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-upload]")) {
    send(event);
  } else if (event.target.closest("#act")) {
    // twice pressed is once done
    event.target.querySelectorAll("button").forEach((button) => button.classList.add("disabled"));
  }
});

// With the part that has arrived shown; the page that comes back is the answer.
function send(event) {
  event.preventDefault();
  const form = event.target;
  const progress = form.querySelector("[data-progress]");
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (sent) => {
    if (sent.lengthComputable) {
      progress.textContent = `${Math.round((sent.loaded / sent.total) * 100)} %`;
    }
  });
  request.addEventListener("load", () => {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const content = page.getElementById("content");
    if (!content) {
      location.reload();
      return;
    }
    document.getElementById("content").replaceWith(content);
    window.htmx?.process(content);
    document.getElementById("papers")?.scrollIntoView({ block: "nearest" });
  });
  request.addEventListener("error", () => {
    progress.textContent = "✗";
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

document.addEventListener("click", (event) => {
  // the link of a form that stands beside the page; on a page of its own it is followed
  if (event.target.closest("[data-close-act]")) {
    event.preventDefault();
    document.getElementById("act").replaceChildren();
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "act") {
    document.querySelectorAll(".more-deeds[open]").forEach((list) => list.removeAttribute("open"));
    document.getElementById("act-heading")?.focus();
  }
});

// The drawing begins where the case stands.
const standing = document.querySelector(".drawn-across :is(.is-open, .is-late)");
if (standing) {
  const frame = standing.closest(".drawn-across");
  frame.scrollLeft += standing.getBoundingClientRect().left - frame.getBoundingClientRect().left - 48;
}
