// Small helpers for building elements. Text is only ever set as text.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function paint(avatar, user) {
  avatar.className = `avatar hue-${user.user_id % 7}`;
  avatar.textContent = [...user.first_name][0].toUpperCase();
  return avatar;
}

export function about(user) {
  return [user.username && `@${user.username}`, user.language_code, user.phone].filter(Boolean).join(" · ") || `id ${user.user_id}`;
}

// A deep link to this bot opens this page instead of Telegram.
export function address(url, botUsername) {
  const link = URL.canParse(url) ? new URL(url) : null;
  if (!link || !["http:", "https:", "tg:", "mailto:", "tel:"].includes(link.protocol)) return null;
  const ours = ["t.me", "telegram.me"].includes(link.hostname) && link.pathname.slice(1).toLowerCase() === botUsername.toLowerCase();
  return ours ? `/?start=${encodeURIComponent(link.searchParams.get("start") ?? "")}` : url;
}
