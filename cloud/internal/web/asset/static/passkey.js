// Passkeys: asks the browser to make one, or to use one, and sends its answer with the form that has the button.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readable(options) {
  const o = options.publicKey;
  o.challenge = toBytes(o.challenge);
  if (o.user) o.user.id = toBytes(o.user.id);
  for (const list of [o.excludeCredentials, o.allowCredentials]) for (const c of list ?? []) c.id = toBytes(c.id);
  return options;
}

function answer(c) {
  const r = c.response;
  const out = { id: c.id, rawId: toText(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
    authenticatorAttachment: c.authenticatorAttachment, response: { clientDataJSON: toText(r.clientDataJSON) } };
  if (r.attestationObject) {
    out.response.attestationObject = toText(r.attestationObject);
    out.response.transports = r.getTransports ? r.getTransports() : [];
  } else {
    out.response.authenticatorData = toText(r.authenticatorData);
    out.response.signature = toText(r.signature);
    if (r.userHandle) out.response.userHandle = toText(r.userHandle);
  }
  return JSON.stringify(out);
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const making = button.dataset.passkey === "make";
    if (making && !button.form.reportValidity()) return;
    const said = button.form.querySelector("[data-passkey-said]");
    if (said) said.textContent = "";
    button.disabled = true;
    try {
      const got = await fetch(making ? "/desk/settings/passkeys/begin" : "/login/passkey/begin", { method: "POST" });
      if (!got.ok) throw new Error(got.status);
      const { handle, options } = await got.json();
      const credential = await navigator.credentials[making ? "create" : "get"](readable(options));
      const prefix = making ? "_new" : ""; // a proof may come along with a new passkey
      button.form.elements[prefix + "_handle"].value = handle;
      button.form.elements[prefix + "_passkey"].value = answer(credential);
      button.form.submit();
    } catch {
      if (said) said.textContent = said.dataset.passkeySaid;
      button.disabled = false;
    }
  });
}
