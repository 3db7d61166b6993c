// The page: who is shown, and the one long poll that keeps everything up to date.
// /?user=ID (or several, with commas) shows these people; &start=PAYLOAD offers them the deep link.

import * as api from "/page/api.js";
import {Clock} from "/page/clock.js";
import {Column} from "/page/column.js";
import {about, element, paint} from "/page/dom.js";

const SHOWN_AT_FIRST = 3;
const RETRY_MS = 1500;

class Page {
  constructor() {
    const query = new URLSearchParams(location.search);
    this.wanted = query.has("user") ? query.get("user").split(",").map(Number) : null;
    this.startPayload = query.get("start");
    this.botUsername = "";
    this.columns = new Map();
    this.users = new Map();
    this.board = document.getElementById("columns");
    this.clock = new Clock((text) => this.complain(text));
    this.dialog = document.getElementById("new-person");
    this.listen();
  }

  listen() {
    document.getElementById("add").addEventListener("click", () => this.dialog.showModal());
    this.dialog.querySelector("[data-cancel]").addEventListener("click", () => this.dialog.close());
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.addPerson(event.target);
    });
  }

  async addPerson(form) {
    const error = form.querySelector(".error");
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    try {
      const user = await api.addUser(given);
      form.reset();
      error.textContent = "";
      this.dialog.close();
      this.users.set(user.user_id, user);
      // The poll may have told of the person before this answer came, and opened the first chat by itself.
      if (this.columns.has(user.user_id)) this.remember();
      else this.toggle(user.user_id);
    } catch (refused) {
      error.textContent = refused.message;
    }
  }

  complain(text) {
    const first = this.columns.values().next().value;
    if (first) first.toast(text, true);
    else window.alert(text);
  }

  takeStart() {
    const payload = this.startPayload;
    this.startPayload = null;
    this.columns.forEach((column) => column.showStart());
    this.remember();
    return payload;
  }

  toggle(userId) {
    if (this.columns.has(userId)) this.close(userId);
    else this.open(userId);
    this.remember();
    this.showPeople();
    this.refresh();
  }

  open(userId) {
    const column = new Column(this.users.get(userId), this);
    this.columns.set(userId, column);
    this.board.append(column.root);
  }

  close(userId) {
    this.columns.get(userId).root.remove();
    this.columns.delete(userId);
  }

  remember() {
    const query = new URLSearchParams(location.search);
    if (this.startPayload === null) query.delete("start");
    query.set("user", [...this.columns.keys()].join(","));
    history.replaceState(null, "", `/?${query.toString().replaceAll("%2C", ",")}`);
  }

  // Start the poll anew: for the chats that are shown now, from their beginning.
  refresh() {
    this.version = 0;
    this.poll?.abort();
  }

  async run() {
    for (;;) {
      this.poll = new AbortController();
      const version = this.version ?? 0;
      try {
        const answer = await api.changes([...this.columns.keys()], version, this.poll.signal);
        document.getElementById("offline").hidden = true;
        if (version === (this.version ?? 0)) this.show(answer, version > 0);
      } catch (error) {
        if (error.name === "AbortError") continue;
        document.getElementById("offline").hidden = false;
        this.version = 0;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  show(answer, live) {
    this.version = answer.version;
    this.botUsername = answer.bot.username;
    document.getElementById("bot-name").textContent = answer.bot.name;
    document.getElementById("bot-username").textContent = `@${answer.bot.username}`;
    this.clock.show(answer.now, answer.clock);
    this.users = new Map(answer.users.map((user) => [user.user_id, user]));
    answer.chats.forEach((chat) => this.columns.get(chat.chat_id)?.show(chat, live));
    if (!this.openedFirst && this.users.size) this.openFirst();
    this.showPeople();
  }

  openFirst() {
    this.openedFirst = true;
    const ids = this.wanted ?? [...this.users.keys()].slice(0, SHOWN_AT_FIRST);
    ids.filter((id) => this.users.has(id) && !this.columns.has(id)).forEach((id) => this.open(id));
    this.refresh();
  }

  showPeople() {
    document.getElementById("people").replaceChildren(...[...this.users.values()].map((user) => element("li", {},
      element("button", {type: "button", "aria-pressed": String(this.columns.has(user.user_id)), onclick: () => this.toggle(user.user_id)},
        paint(element("span"), user),
        element("div", {}, element("b", {}, user.first_name), element("small", {}, about(user)))))));
  }
}

const page = new Page();
page.run();
