// One message: its text with entities, photo, file, contact and buttons.

import {address, element, paint} from "/page/dom.js";
import {say} from "/page/zone.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

// Entities nest and never cross, so each one holds those that lie within it.
export function rich(text, entities, actions) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return between(text, ordered, 0, text.length, actions);
}

function between(text, entities, from, to, actions) {
  const made = document.createDocumentFragment();
  let at = from;
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift();
    if (entity.offset < at) continue;
    const end = Math.min(entity.offset + entity.length, to);
    made.append(lead(made, text.slice(at, entity.offset)));
    const wrapped = wrapper(entity, text.slice(entity.offset, end), actions);
    wrapped.append(between(text, entities, entity.offset, end, actions));
    made.append(wrapped);
    at = end;
  }
  made.append(lead(made, text.slice(at, to)));
  return made;
}

// The line break after a block is the block's end, not an empty line.
function lead(made, text) {
  const afterBlock = ["PRE", "BLOCKQUOTE"].includes(made.lastChild?.nodeName);
  return afterBlock && text.startsWith("\n") ? text.slice(1) : text;
}

function wrapper(entity, text, actions) {
  if (entity.type === "bot_command") {
    return element("button", {type: "button", class: "command", onclick: () => actions.write(text)});
  }
  if (entity.type === "url" || entity.type === "text_link") {
    const href = address(entity.url ?? text, actions.botUsername());
    return element("a", {href, target: "_blank", rel: "noopener noreferrer"});
  }
  if (entity.type === "spoiler") return element("span", {class: "spoiler"});
  return element(TAGS[entity.type] ?? "span");
}

export function time(seconds) {
  return say(seconds * 1000, {hour: "2-digit", minute: "2-digit"});
}

export function messageElement(message, quoted, actions) {
  const inline = message.keyboard ? [] : message.buttons;
  const bubble = element("div", {class: "bubble"},
    quoted && element("div", {class: "quoted"}, summary(quoted)),
    message.photo && photo(message),
    message.document && file(message.document),
    message.contact && contact(message.contact),
    element("span", {class: "stamp"}, `${message.edited ? "edited " : ""}${time(message.date)}`));
  if (message.text) bubble.lastChild.before(element("span", {class: "text"}, rich(message.text, message.entities, actions)));
  return element("li", {
    class: `message ${message.from === "user" ? "mine" : "theirs"}${inline.length ? " has-buttons" : ""}`,
    "data-id": message.message_id,
  }, bubble, inline.length ? rows(inline, (button) => inlineButton(message, button, actions)) : null);
}

export function summary(message) {
  return message.text ?? (message.photo ? "Photo" : message.document ? message.document.name : "Contact");
}

function photo(message) {
  const [width, height] = message.photo_size;
  return element("a", {class: "photo", href: message.photo, target: "_blank", rel: "noopener"},
    element("img", {src: message.photo, alt: message.text ? "" : "Photo", width, height}));
}

function file(document) {
  return element("a", {class: "file", href: document.url, target: "_blank", rel: "noopener"}, `📄 ${document.name}`);
}

function contact(card) {
  const avatar = paint(element("span"), {user_id: card.user_id ?? 0, first_name: card.first_name});
  return element("div", {class: "contact"}, avatar,
    element("div", {}, element("b", {}, card.first_name), element("small", {}, card.phone_number)));
}

export function rows(buttons, make) {
  return element("div", {class: "rows"}, ...buttons.map((row) => element("div", {}, ...row.map(make))));
}

function inlineButton(message, button, actions) {
  if (button.url) {
    const href = address(button.url, actions.botUsername());
    return element("a", {href, target: "_blank", rel: "noopener noreferrer"}, button.text);
  }
  if (button.copy_text) {
    return element("button", {type: "button", onclick: () => actions.copy(button.copy_text.text)}, button.text);
  }
  return element("button", {
    type: "button",
    disabled: button.data === null,
    onclick: (event) => actions.press(message, button, event.currentTarget),
  }, button.text);
}
