// Applying on a telephone: what is typed saves itself, photographs are made smaller before they are
// sent, the card of a paper says how far it is and why it was refused, and going on waits for it.
"use strict";

document.documentElement.classList.add("has-script");

// ---------------------------------------------------------------- what is typed
for (const form of document.querySelectorAll("form[data-saves-itself]")) {
  let isSaved = true;
  form.addEventListener("input", () => { isSaved = false; });
  form.addEventListener("submit", () => { isSaved = true; });
  form.addEventListener("htmx:beforeRequest", (event) => { isSaved ||= event.target === form; });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === form && !event.detail.successful) {
      isSaved = false;
    }
  });
  const leave = () => {
    if (!isSaved && navigator.sendBeacon(`${location.pathname}?keep`, new FormData(form))) {
      isSaved = true;
    }
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      leave();
    }
  });
}

// ---------------------------------------------------------------- photographs
const LONGEST = 2600; // pixels: small print on an A4 page stays readable
const QUALITY = 0.85;

// A photograph made smaller; the file itself where that is no photograph, small enough, or beyond the
// browser. The way up, which telephones write beside the pixels, is turned into them.
async function smaller(file) {
  if (!file.type.startsWith("image/")) {
    return file;
  }
  try {
    const drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
    const ratio = LONGEST / Math.max(drawn.width, drawn.height);
    if (ratio >= 1) {
      return file;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(drawn.width * ratio);
    canvas.height = Math.round(drawn.height * ratio);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // JPEG knows no transparency
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(drawn, 0, 0, canvas.width, canvas.height);
    drawn.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (made === null || made.size >= file.size) {
      return file;
    }
    return new File([made], file.name.replace(/(\.\w+)?$/, ".jpg"), { type: "image/jpeg" });
  } catch {
    return file;
  }
}

async function makeSmaller(input) {
  const files = new DataTransfer();
  for (const file of input.files) {
    files.items.add(await smaller(file));
  }
  input.files = files.files;
}

// ---------------------------------------------------------------- sending
const sending = new Set();
let waiting = null; // the button of who wants to go on meanwhile

function tell(form, text) {
  const said = form.querySelector(".upload-said");
  said.textContent = text;
  said.hidden = text === "";
}

function begin(form) {
  sending.add(form);
  form.inert = true; // what is chosen meanwhile would be lost with the card that the answer brings
  form.classList.add("is-sending");
  form.querySelector("progress").removeAttribute("value");
  tell(form, "");
  form.closest(".upload").querySelector(".ask-error")?.remove(); // of what was chosen before
}

function end(form, refusal = "") {
  sending.delete(form);
  form.inert = false;
  form.classList.remove("is-sending");
  if (refusal) {
    tell(form, refusal);
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.value = ""; // so that the same can be chosen again
    }
    stopWaiting();
  }
}

function stopWaiting() {
  waiting = null;
  for (const said of document.querySelectorAll(".upload-wait")) {
    said.hidden = true;
  }
}

const isUpload = (form) => form.matches?.("form.upload-form");

document.addEventListener("htmx:confirm", async (event) => {
  const form = event.target;
  if (!isUpload(form)) {
    return;
  }
  event.preventDefault();
  const inputs = [...form.querySelectorAll("input[type=file]")];
  if (sending.has(form) || inputs.every((input) => input.files.length === 0)) {
    return;
  }
  begin(form);
  await Promise.all(inputs.map(makeSmaller));
  const size = inputs.flatMap((input) => [...input.files]).reduce((sum, file) => sum + file.size, 0);
  if (size > Number(form.dataset.most)) {
    end(form, form.dataset.saysTooLarge);
  } else {
    event.detail.issueRequest(true);
  }
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const { lengthComputable, loaded, total } = event.detail;
  if (isUpload(event.target) && lengthComputable && total > 0) {
    const line = event.target.querySelector("progress");
    line.value = Math.max(line.value, loaded / total); // the answer that comes back counts too
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const form = event.detail.requestConfig.elt;
  if (isUpload(form)) {
    const { status } = event.detail.xhr;
    const said = { 413: form.dataset.saysTooLarge, 503: form.dataset.saysLater, 507: form.dataset.saysFull };
    end(form, said[status] ?? form.dataset.saysFailed);
  }
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:sendAbort"]) {
  document.addEventListener(failure, (event) => {
    if (isUpload(event.target)) {
      end(event.target, event.target.dataset.saysFailed);
    }
  });
}

// The page's answer may be a refusal too (422): then its card says so, and nobody goes on by itself.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig?.elt;
  if (form && isUpload(form) && sending.has(form) && event.detail.shouldSwap) {
    const isRefused = event.detail.xhr.status === 422;
    end(form);
    if (isRefused) {
      stopWaiting();
    }
  }
});
document.addEventListener("htmx:afterSettle", () => {
  if (waiting !== null && sending.size === 0) {
    waiting.form.requestSubmit(waiting);
  }
});

// Nothing that is on its way is lost by going on.
document.addEventListener("submit", (event) => {
  if (sending.size > 0 && event.target.matches("form.screen")) {
    event.preventDefault();
    waiting = event.submitter;
    for (const said of event.target.querySelectorAll(".upload-wait")) {
      said.hidden = false;
    }
  }
});
addEventListener("beforeunload", (event) => {
  if (sending.size > 0) {
    event.preventDefault();
  }
});
