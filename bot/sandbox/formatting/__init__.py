"""From what a bot sends to what is shown: plain text and its entities, as the Bot API defines them."""
