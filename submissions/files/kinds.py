"""The type of a file, by its first bytes alone: what a program calls it tells nothing."""

UNKNOWN = "application/octet-stream"
MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
"""Types that a browser draws and never runs. SVG is none of them: it may hold a script."""
IMAGES = frozenset({*(kind for _, kind in MAGIC), "image/webp"})


def kind_of(content: bytes) -> str:
    """Return the type of one of these images; of all else, that of bytes without a meaning."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in MAGIC if content.startswith(magic)), UNKNOWN)
