"""One file per thing a member can see. A screen is text and buttons made from a service's or an insight's answer."""
