// The clock that bot and shop live in, and the buttons that move it forward.

import {moveClock} from "/page/api.js";
import {element} from "/page/dom.js";
import {liveIn, say} from "/page/zone.js";

const FORMAT = {weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short"};
const GOAL = {weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit"};

export class Clock {
  constructor(onError) {
    this.form = document.getElementById("clock");
    this.goals = document.getElementById("goals");
    this.way = document.getElementById("way");
    this.local = document.getElementById("moment");
    this.ahead = 0;
    this.onError = onError;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.local.value) this.move({local: this.local.value});
    });
    setInterval(() => this.tick(), 500);
  }

  now() { return Date.now() + this.ahead; }

  show(now, {zone, going, goals}) {
    liveIn(zone);
    this.ahead = new Date(now) - Date.now();
    this.form.classList.toggle("busy", going !== null);
    this.way.hidden = going === null;
    if (going) {
      const [from, to] = going.map((each) => new Date(each).getTime());
      this.way.value = (new Date(now) - from) / (to - from);
      this.way.title = `on the way to ${say(to, GOAL)}`;
    }
    this.goals.replaceChildren(...goals.map(({name, at}) => element("button",
      {type: "button", title: `to ${say(at, GOAL)}, when what is due by then has arrived`, onclick: () => this.move({to: at})}, name)));
    this.tick();
  }

  tick() { document.getElementById("now").textContent = say(this.now(), FORMAT); }

  async move(where) {
    try {
      await moveClock(where);
    } catch (error) {
      this.onError(error.message);
    }
  }
}
