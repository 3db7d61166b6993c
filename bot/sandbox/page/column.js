// One person's chat with the bot, looking like a phone.

import * as api from "/page/api.js";
import {about, element, paint} from "/page/dom.js";
import {messageElement, rows, summary} from "/page/message.js";
import {say} from "/page/zone.js";

const TOAST_MS = 4000;
const TYPING_MS = 5000;
const PICTURES = ["image/jpeg", "image/png", "image/webp"];

export class Column {
  constructor(user, page) {
    this.user = user;
    this.page = page;
    this.messages = new Map();
    this.waiting = new Map();
    this.root = document.getElementById("column").content.firstElementChild.cloneNode(true);
    this.root.dataset.chat = user.chat_id;
    this.root.setAttribute("aria-label", `Chat of ${user.first_name}`);
    this.list = this.part(".messages");
    this.actions = {
      write: (text) => this.send({text}),
      press: (message, button, pressed) => this.press(message, button, pressed),
      copy: (text) => navigator.clipboard.writeText(text).then(() => this.toast("Copied")),
      botUsername: () => page.botUsername,
    };
    this.listen();
  }

  part(selector) { return this.root.querySelector(selector); }

  listen() {
    const input = this.part(".composer input");
    paint(this.part(".avatar"), this.user);
    this.part(".name").textContent = this.user.first_name;
    this.part(".about").textContent = about(this.user);
    this.part(".contact").hidden = !this.user.phone;
    this.part(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      this.send({text});
    });
    this.part(".contact").addEventListener("click", () => this.send({contact: true}));
    this.part(".attach").addEventListener("click", () => this.part(".file").click());
    this.part(".file").addEventListener("change", (event) => this.attach(event.target));
    this.part(".start").addEventListener("click", () => this.start());
    this.part(".close").addEventListener("click", () => this.page.toggle(this.user.chat_id));
    this.part(".block").addEventListener("click", () => this.attempt(api.setBlocked(this.user.chat_id, !this.blocked)));
    this.part(".menu").addEventListener("click", () => { this.part(".commands").hidden = !this.part(".commands").hidden; });
  }

  async attempt(call) {
    try {
      return await call;
    } catch (error) {
      this.toast(error.message, true);
      return null;
    }
  }

  send(body) {
    this.part(".commands").hidden = true;
    return this.attempt(api.send(this.user.chat_id, body));
  }

  async attach(input) {
    const [file] = input.files;
    if (!file) return;
    const content = await api.base64(file);
    input.value = "";
    const document = {name: file.name, mime: file.type || "application/octet-stream", content};
    this.send(PICTURES.includes(file.type) ? {photo: content} : {document});
  }

  start() {
    const payload = this.page.takeStart();
    this.send({text: payload ? `/start ${payload}` : "/start"});
  }

  async press(message, button, pressed) {
    pressed.classList.add("busy");
    const done = await this.attempt(api.press(this.user.chat_id, message.message_id, button.data));
    if (done) this.waiting.set(done.callback_query_id, pressed);
    else pressed.classList.remove("busy");
  }

  show(chat, live) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.showState(chat);
    chat.messages.forEach((message) => this.showMessage(message, live));
    if (chat.messages.length) this.showDays();
    chat.answers.forEach((answer) => this.showAnswer(answer, live));
    this.showStart();
    if (atEnd || !live) this.scrollToEnd();
  }

  scrollToEnd() { this.list.scrollTop = this.list.scrollHeight; }

  showState(chat) {
    this.blocked = chat.blocked;
    this.root.classList.toggle("blocked", chat.blocked);
    this.part(".block").textContent = chat.blocked ? "Unblock" : "Block";
    this.showKeyboard(chat.keyboard);
    this.showCommands(chat.commands);
    this.showTyping(chat.action);
    const pinned = this.messages.get(chat.pinned) ?? chat.messages.find((each) => each.message_id === chat.pinned);
    this.part(".pinned").hidden = !pinned;
    this.part(".pinned").textContent = pinned ? `📌 ${summary(pinned)}` : "";
  }

  showMessage(message, live) {
    const before = this.list.querySelector(`[data-id="${message.message_id}"]`);
    if (message.deleted) {
      this.messages.delete(message.message_id);
      before?.remove();
      return;
    }
    const shown = messageElement(message, this.messages.get(message.reply_to), this.actions);
    this.messages.set(message.message_id, message);
    if (before) before.replaceWith(shown);
    else this.list.append(shown);
    if (before && live) shown.classList.add("flash");
    if (message.from === "bot") this.part(".typing").hidden = true;
  }

  showDays() {
    this.list.querySelectorAll(".day").forEach((day) => day.remove());
    let last = null;
    for (const shown of [...this.list.children]) {
      const day = say(this.messages.get(Number(shown.dataset.id)).date * 1000, {day: "numeric", month: "long", year: "numeric"});
      if (day !== last) shown.before(element("li", {class: "day"}, day));
      last = day;
    }
  }

  showAnswer(answer, live) {
    this.waiting.get(answer.callback_query_id)?.classList.remove("busy");
    this.waiting.delete(answer.callback_query_id);
    if (!live) return;
    if (answer.url) window.open(answer.url, "_blank", "noopener");
    if (!answer.text) return;
    if (!answer.show_alert) { this.toast(answer.text); return; }
    const alert = this.part(".alert");
    alert.querySelector("p").textContent = answer.text;
    alert.show();
  }

  showKeyboard(markup) {
    const key = JSON.stringify(markup);
    if (key === this.keyboardKey) return;
    this.keyboardKey = key;
    const keyboard = this.part(".keyboard");
    const buttons = markup?.keyboard ?? [];
    keyboard.hidden = !buttons.length;
    keyboard.replaceChildren(rows(buttons, (button) => element("button", {
      type: "button",
      onclick: async () => {
        const sent = await this.send(button.request_contact ? {contact: true} : {text: button.text});
        if (sent && markup.one_time_keyboard) keyboard.hidden = true;
      },
    }, button.text)));
    this.part(".composer input").placeholder = markup?.input_field_placeholder ?? "Message";
  }

  showCommands(commands) {
    const key = JSON.stringify(commands);
    if (key === this.commandsKey) return;
    this.commandsKey = key;
    this.part(".commands").replaceChildren(...(commands.length ? commands.map(({command, description}) =>
      element("button", {type: "button", onclick: () => this.send({text: `/${command}`})}, `/${command}`,
        element("span", {}, description))) : [element("p", {}, "The bot has set no commands.")]));
  }

  showTyping(action) {
    if (!action || action === this.lastAction) return;
    this.lastAction = action;
    const typing = this.part(".typing");
    typing.hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { typing.hidden = true; }, TYPING_MS);
  }

  showStart() {
    const payload = this.page.startPayload;
    this.part(".start").hidden = !(payload !== null || this.messages.size === 0);
    this.part(".start").textContent = payload ? `START ${payload}` : "START";
  }

  toast(text, failed = false) {
    const toast = this.part(".toast");
    toast.textContent = text;
    toast.classList.toggle("error", failed);
    toast.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { toast.hidden = true; }, TOAST_MS);
  }
}
