// Every time on this page is the shop's, whatever zone the browser is in.

let timeZone = "UTC";

export function liveIn(zone) { timeZone = zone; }

export function say(moment, options) { return new Date(moment).toLocaleString([], {...options, timeZone}); }
