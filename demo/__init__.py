"""The shop that `regulars demo` shows: real households, their real baskets, and a few of them in the chat."""
