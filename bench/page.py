"""Pages of docs/ whose table a program writes."""


def explanations_in(page):
    """What people have written below the table, from its first headline on: it stays."""
    old = page.read_text() if page.exists() else ""
    start = old.find("\n## ")
    return old[start:] if start >= 0 else ""
