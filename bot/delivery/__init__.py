"""The way out: how fast anything leaves for Telegram, and who sends what nobody asked for."""
