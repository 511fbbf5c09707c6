// A button with data-passkey="get" or "create" asks the server (data-ask) what to ask the passkey, shows the browser's
// dialog, puts the answer into the form's hidden field and sends the form. The server judges the answer.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const asked = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.allowCredentials && { allowCredentials: listed(options.allowCredentials) }),
    ...(options.excludeCredentials && { excludeCredentials: listed(options.excludeCredentials) }),
  });

  const answered = (credential) => {
    const found = credential.response;
    const response = { clientDataJSON: text(found.clientDataJSON) };
    if (found.attestationObject) response.attestationObject = text(found.attestationObject);
    if (found.authenticatorData) response.authenticatorData = text(found.authenticatorData);
    if (found.signature) response.signature = text(found.signature);
    if (found.userHandle) response.userHandle = text(found.userHandle);
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  };

  const use = async (button) => {
    const form = button.form;
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    const reply = await fetch(button.dataset.ask, { method: "POST", headers, credentials: "same-origin" });
    if (!reply.ok) throw new Error(String(reply.status));
    const publicKey = asked(await reply.json());
    const credential = await navigator.credentials[button.dataset.passkey]({ publicKey });
    form.elements.again_passkey.value = JSON.stringify(answered(credential));
    form.requestSubmit(form.querySelector('button[name="again_way"][value="passkey"]'));
  };

  document.querySelectorAll("button[data-passkey]").forEach((button) => {
    const fault = button.form.querySelector("[data-passkey-fault]");
    button.addEventListener("click", async () => {
      button.disabled = true;
      fault.hidden = true;
      try {
        await use(button);
      } catch {
        fault.hidden = false;
      }
      button.disabled = false;
    });
  });
})();
