// The clock that bot and shop live in, and the buttons that move it forward.

import {moveClock} from "/page/api.js";

const FORMAT = {weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit"};

export class Clock {
  constructor(onError) {
    this.form = document.getElementById("clock");
    this.moment = document.getElementById("moment");
    this.ahead = 0;
    this.onError = onError;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.moment.value) this.move(new Date(this.moment.value));
    });
    this.form.querySelectorAll("[data-days], [data-months]").forEach((button) =>
      button.addEventListener("click", () => this.move(this.later(button.dataset))));
    this.form.querySelector("[data-year]").addEventListener("click", () =>
      this.move(new Date(this.now().getFullYear() + 1, 0, 1, 12)));
    setInterval(() => this.tick(), 500);
  }

  now() { return new Date(Date.now() + this.ahead); }

  set(iso) {
    this.ahead = new Date(iso) - Date.now();
    this.tick();
  }

  tick() { document.getElementById("now").textContent = this.now().toLocaleString([], FORMAT); }

  // A month on from the 31st is the last day of a shorter month.
  later({days = 0, months = 0}) {
    const then = this.now();
    const day = then.getDate();
    then.setDate(1);
    then.setMonth(then.getMonth() + Number(months));
    const last = new Date(then.getFullYear(), then.getMonth() + 1, 0).getDate();
    then.setDate(Math.min(day, last) + Number(days));
    return then;
  }

  async move(to) {
    this.form.classList.add("busy");
    try {
      this.set((await moveClock(to.toISOString())).now);
    } catch (error) {
      this.onError(error.message);
    } finally {
      this.form.classList.remove("busy");
    }
  }
}
