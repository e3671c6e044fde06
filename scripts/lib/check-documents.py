"""Has docc read a copy of a catalogue, with its links as DocC has them: check-documents.py DOCC CATALOGUE FOLDER

In the catalogue a page names another by its file, `[events](live.md#events)`, so that a plain view of the repository
follows it. DocC looks at links of the form `doc:live#Events` only, and names headings in its own way. A link to a page or a
heading that is not there is written so that DocC refuses it, and a link out of the catalogue becomes its text: whether
that file is there is looked at by the tests. The first page, `start.md`, becomes the root.
"""
import os
import pathlib
import re
import sys
import unicodedata

FENCE = re.compile(r"^ *```")
HEADING = re.compile(r"^#{1,6} +(.*)$")
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|`[^`]*`)*)\]\(([^)\s]*)\)")


def plain(heading):
    """A heading's text without the marks of links and code."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")


def file_anchor(heading):
    """What a plain view of the file names it by."""
    kept = (c for c in plain(heading).lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def docc_anchor(heading):
    """What DocC names it by: letters as they are, marks left out, one hyphen for blanks."""
    kept = "".join(c for c in plain(heading) if c in " -_" or unicodedata.category(c)[0] in "LN")
    return re.sub(r"[ -]+", "-", kept).strip("-")


def prose(text):
    """The lines, each with whether it is outside of a fenced block."""
    fenced = False
    for line in text.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
            yield line, False
        else:
            yield line, not fenced


def anchors(text):
    """Each heading by what a plain view names it by."""
    found = {}
    for line, is_prose in prose(text):
        match = HEADING.match(line) if is_prose else None
        if match:
            found.setdefault(file_anchor(match[1]), docc_anchor(match[1]))
    return found


def converted(name, text, known):
    """A page's text with DocC's links."""

    def link(match):
        words, target = match[1], match[2]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        file, _, fragment = target.partition("#")
        file = file or name
        if "/" in file or not file.endswith(".md"):
            return words
        place = known.get(file, {}).get(fragment, fragment)
        return f"[{words}](doc:{file[:-3]}{'#' + place if fragment else ''})"

    lines, block = [], []

    def end_block():
        # A link may go on in the next line.
        lines.append(LINK.sub(link, "\n".join(block)))
        block.clear()

    for line, is_prose in prose(text):
        if is_prose:
            block.append(line)
        else:
            if block:
                end_block()
            lines.append(line)
    if block:
        end_block()
    result = "\n".join(lines)
    if name == "start.md":
        title, rest = result.split("\n", 1)
        result = f"{title}\n\n@Metadata {{\n  @TechnologyRoot\n}}\n{rest}"
    return result


def main():
    docc = sys.argv[1]
    catalogue, folder = map(pathlib.Path, sys.argv[2:])
    copy = folder / "OrderHub.docc"
    copy.mkdir(parents=True)
    pages = {file.name: file.read_text(encoding="utf-8") for file in catalogue.glob("*.md")}
    known = {name: anchors(text) for name, text in pages.items()}
    for name, text in pages.items():
        (copy / name).write_text(converted(name, text, known), encoding="utf-8")
    for file in catalogue.iterdir():
        if file.suffix != ".md":
            (copy / file.name).write_bytes(file.read_bytes())
    os.execv(docc, [docc, "convert", str(copy), "--output-path", str(folder / "out"), "--warnings-as-errors"])


main()
