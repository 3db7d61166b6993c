// The sandbox's own side, as this page uses it.

export class Refused extends Error {}

async function call(path, options = {}) {
  const response = await fetch(`/sandbox${path}`, options);
  const body = await response.json();
  if (!response.ok) throw new Refused(`${body.error} — ${body.mend}`);
  return body;
}

function post(path, body = {}) {
  return call(path, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)});
}

export const addUser = (user) => post("/users", user);
export const send = (chatId, body) => post(`/chats/${chatId}/send`, body);
export const press = (chatId, messageId, data) => post(`/chats/${chatId}/press`, {message_id: messageId, data});
export const setBlocked = (chatId, blocked) => post(`/chats/${chatId}/${blocked ? "block" : "unblock"}`);
export const moveClock = (where) => post("/clock", where);

export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

export function changes(chatIds, after, signal) {
  const query = new URLSearchParams({after, wait_s: after ? 25 : 0});
  chatIds.forEach((id) => query.append("chats", id));
  return call(`/changes?${query}`, {signal});
}
