"""The shop with goals, for every test of what they bring."""

from tests.services.books.reaching import goals as goals
