// The reference: one language of examples at a time, the reader's token, and the forms of Swagger UI.

const root = document.getElementById("swagger");
const token = document.getElementById("token");

for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;

// One language at a time, remembered.

function remembered() {
  try {
    return localStorage.getItem("example-language");
  } catch {
    return null;
  }
}

function show(kind) {
  for (const example of document.querySelectorAll(".example")) {
    example.hidden = example.dataset.kind !== kind;
  }
  for (const button of document.querySelectorAll("button[data-kind]")) {
    button.ariaPressed = String(button.dataset.kind === kind);
  }
}

for (const button of document.querySelectorAll("button[data-kind]")) {
  button.addEventListener("click", () => {
    show(button.dataset.kind);
    try {
      localStorage.setItem("example-language", button.dataset.kind);
    } catch {
      // The browser allows no storage: the choice holds for this page.
    }
  });
}
const known = [...document.querySelectorAll("button[data-kind]")].map((button) => button.dataset.kind);
show(known.includes(remembered()) ? remembered() : known[0]);

// Swagger UI. The session sends the CSRF token; a bearer token comes before it.

// The description without what this page has in a better place: the session, which a browser sends by itself,
// and the bodies of errors.
async function described() {
  const answer = await fetch(root.dataset.url);
  const spec = await answer.json();
  delete spec.components.securitySchemes.session;
  const responses = [spec.components.responses];
  for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
    operation.security = operation.security.filter((way) => !("session" in way));
    responses.push(operation.responses);
  }
  for (const [status, response] of responses.flatMap(Object.entries)) {
    if (/[45]..$/.test(status)) {
      delete response.content;
      delete response.headers;
    }
  }
  return spec;
}

const ui = SwaggerUIBundle({
  spec: await described(),
  domNode: root,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  syntaxHighlight: { activated: false }, // its colours are style attributes
  requestInterceptor(request) {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && !["GET", undefined].includes(request.method)) {
      request.headers["X-CSRFToken"] = root.dataset.csrf;
    }
    return request;
  },
});

token.addEventListener("input", () => {
  const secret = token.value.trim();
  document.querySelector("[data-token]").textContent = secret || "sce_…";
  if (secret) ui.preauthorizeApiKey("apiToken", secret);
  else ui.authActions.logout(["apiToken"]);
});

// What Swagger UI leaves out for screen readers and the keyboard.

function amend() {
  const name = (selector, text) => {
    for (const element of root.querySelectorAll(`${selector}:not([aria-label])`)) {
      element.setAttribute("aria-label", typeof text === "function" ? text(element) : text);
    }
  };
  const row = (element) => element.closest("tr")?.querySelector(".parameter__name")?.firstChild?.textContent ?? "Value";
  name(".content-type", "Media type");
  name(".examples-select-element", "Example");
  name(".parameters input, .parameters select", row);
  name("textarea.body-param__text", "Body of the request");
  name(".copy-to-clipboard", "Copy");
  name(".copy-to-clipboard button", "Copy");
  name(".close-modal", "Close");
  for (const scrolling of root.querySelectorAll("pre:not([tabindex])")) scrolling.tabIndex = 0;
}

new MutationObserver(amend).observe(root, { childList: true, subtree: true });
