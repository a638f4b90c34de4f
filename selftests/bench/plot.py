#!/usr/bin/python3
"""plot.py JSON SVG: draws what was measured: a panel for each part that the file
has. Called by bench.sh."""
import html
import json
import math
import sys

WIDTH, MARGIN, LABEL, BAR, GAP = 980, 28, 250, 18, 34
INK, SOFT, GRID = "#22272e", "#6b7280", "#e2e5ea"
OURS, THEIRS, THIRD = "#0f766e", "#9ca3af", "#b45309"


class Sheet:
    """Shapes from the top down; @y is where the next one goes."""

    def __init__(self):
        self.shapes, self.y = [], MARGIN

    def text(self, x, y, words, *, size=13, fill=INK, anchor="start", bold=False):
        weight = ' font-weight="600"' if bold else ""
        self.shapes.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
                           f' text-anchor="{anchor}"{weight}>{html.escape(words)}</text>')

    def line(self, points, stroke, width=1.0, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        coordinates = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.shapes.append(f'<polyline points="{coordinates}" fill="none" stroke="{stroke}"'
                           f' stroke-width="{width}"{dashes}/>')

    def bar(self, x, y, width, height, fill):
        self.shapes.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}"'
                           f' height="{height}" fill="{fill}"/>')

    def dot(self, x, y, fill):
        self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{fill}"/>')

    def title(self, words, note):
        self.text(MARGIN, self.y + 6, words, size=16, bold=True)
        self.text(MARGIN, self.y + 26, note, size=12, fill=SOFT)
        self.y += 42

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
                       f' height="{self.y:.0f}" font-family="Helvetica, Arial, sans-serif">\n'
                       '<rect width="100%" height="100%" fill="white"/>\n')
            file.write("\n".join(self.shapes) + "\n</svg>\n")


def spaced(value, digits=0):
    return f"{value:,.{digits}f}".replace(",", "\u2009")


def bars(sheet, rows, right, mark=None, form="{:.2f}"):
    """A row: name, value, colour. @right is the value at the right edge, @mark
    one that a line is drawn at."""
    def x_of(value):
        return MARGIN + LABEL + value / right * (WIDTH - 2 * MARGIN - LABEL - 60)

    top = sheet.y
    for name, value, colour in rows:
        sheet.text(MARGIN + LABEL - 8, sheet.y + BAR - 5, name, size=12, anchor="end")
        sheet.bar(x_of(0), sheet.y, x_of(value) - x_of(0), BAR - 4, colour)
        sheet.text(x_of(value) + 6, sheet.y + BAR - 6, form.format(value), size=12, fill=SOFT)
        sheet.y += BAR
    for at, words in mark or ():
        sheet.line([(x_of(at), top - 4), (x_of(at), sheet.y)], INK, 1, "4 3")
        sheet.text(x_of(at), sheet.y + 12, words, size=11, fill=SOFT, anchor="middle")
    sheet.y += GAP


def cost(results, **wanted):
    return next((r["cost"] for r in results if "cost" in r and
                 all(r.get(name) == value for name, value in wanted.items())), None)


def draw_peers(sheet, results):
    rows = []
    for op, what in (("pingpong", "round trip of 64 B"), ("write", "an octet of 64 KiB")):
        for mode, how in (("turn", "one thread"), ("block", "two processes")):
            for type_name in ("DGRAM", "STREAM", "SEQPACKET"):
                size = 64 if op == "pingpong" else 65507 if type_name == "DGRAM" else 65536
                at = {"op": op, "mode": mode, "type": type_name, "size": size}
                lo = dict(at, transport="inet",
                          type="STREAM" if type_name == "SEQPACKET" else type_name)
                if type_name == "SEQPACKET" and op == "write":
                    lo["size"] = 65536
                for ours, peer, colour in ((dict(at, transport="socketpair"),
                                            dict(at, transport="unix"), OURS),
                                           (dict(at, transport="scope0"), lo, THIRD)):
                    a, b = cost(results, **ours), cost(results, **peer)
                    if a and b:
                        rows.append((f"{what}, {type_name}, {how}", a / b, colour))
    sheet.title("Beside AF_UNIX, UDP and TCP",
                "instructions of AF_SCOPE for one of the peer: socketpair() beside AF_UNIX (green), "
                "scope0 beside UDP or TCP over lo (brown)")
    rows.sort(key=lambda row: row[2])
    bars(sheet, rows, 1.1, [(1, "the peer")])


def of_case(results, name, transport, type_name, what="min"):
    return next(r[what] for r in results if what in r and
                (r["case"], r["transport"], r["type"]) == (name, transport, type_name))


def draw_stations(sheet, results):
    rows, each = [], []
    for transport in ("socketpair", "scope0"):
        for type_name in ("DGRAM", "STREAM", "SEQPACKET"):
            at = (transport, type_name)
            idle = of_case(results, "idle", *at)
            rows.append((f"{transport} {type_name}",
                         100 * idle / of_case(results, "without", *at) - 100, OURS))
            for name, colour, title in (("ring", OURS, "skbscope:*"), ("net", THEIRS, "net:* skb:*")):
                each.append((f"{transport} {type_name}, {title}",
                             (of_case(results, name, *at) - idle) /
                             of_case(results, name, *at, "events"), colour))
    sheet.title("Stations that nobody watches",
                "per cent that a round trip of 64 B takes more than by a module built without stations")
    bars(sheet, rows, 3, [(1, "aim")], "{:.1f} %")
    sheet.title("An event in the kernel's trace ring", "instructions that one more event takes, "
                "nobody reading: ours (green), the kernel's own (grey)")
    bars(sheet, each, max(value for _, value, _ in each) * 1.05, None, "{:.0f}")


def draw_watch(sheet, results):
    alone = results[0]["cost"]
    rows = [(r["watcher"], math.log10((r["cost"] - alone) / r["lines"]),
             OURS if "skbscope" in r["watcher"] else THEIRS) for r in results[1:]]
    sheet.title("An event, written by a watcher",
                "instructions from the kernel to the written line, on a scale of powers of ten")
    right = max(value for _, value, _ in rows) * 1.05
    top = sheet.y
    for name, value, colour in rows:
        x = MARGIN + LABEL
        width = value / right * (WIDTH - 2 * MARGIN - LABEL - 60)
        sheet.text(x - 8, sheet.y + BAR - 5, name, size=12, anchor="end")
        sheet.bar(x, sheet.y, width, BAR - 4, colour)
        sheet.text(x + width + 6, sheet.y + BAR - 6, spaced(10 ** value), size=12, fill=SOFT)
        sheet.y += BAR
    for power in range(1, int(right) + 1):
        x = MARGIN + LABEL + power / right * (WIDTH - 2 * MARGIN - LABEL - 60)
        sheet.line([(x, top - 4), (x, sheet.y)], "white", 1)
    sheet.y += GAP - 12


def draw_lines(sheet, x, width, name, series):
    """One field against the number of sockets, both by powers of ten."""
    height = 130
    values = [value for _, points in series for _, value in points if value > 0]
    low = math.floor(math.log10(min(values)) * 2) / 2 - 0.5
    high = math.ceil(math.log10(max(values)) * 2) / 2

    def place(sockets, value):
        return (x + 44 + (math.log10(sockets) - 1) / 4 * (width - 60),
                sheet.y + height - (math.log10(value) - low) / (high - low) * (height - 22))

    sheet.text(x + 44, sheet.y + 6, name, size=12, bold=True)
    for power in range(math.ceil(low), math.floor(high) + 1):
        ends = place(10, 10 ** power), place(100000, 10 ** power)
        sheet.line(ends, GRID)
        sheet.text(x + 38, ends[0][1] + 4, f"10{'⁰¹²³⁴⁵⁶⁷'[power]}", size=11, fill=SOFT, anchor="end")
    for power in range(1, 6):
        sheet.text(place(10 ** power, 10 ** low)[0], sheet.y + height + 14,
                   f"10{'⁰¹²³⁴⁵'[power]}", size=11, fill=SOFT, anchor="middle")
    for colour, points in series:
        places = [place(*point) for point in points if point[1] > 0]
        sheet.line(places, colour, 2)
        for at in places:
            sheet.dot(*at, colour)
    return height


def draw_growth(sheet, results):
    sheet.title("More and more sockets", "instructions of a call, and octets of slab for a socket, "
                "with so many open: AF_SCOPE over scope0 (green), AF_UNIX (grey)")
    column = (WIDTH - 2 * MARGIN) / 4
    panels = [("DGRAM", field, f"datagrams: {name}") for field, name in (
        ("bind", "bind"), ("deliver", "send, receive"), ("dump", "one in a dump"), ("memory", "memory"))]
    panels += [("STREAM", field, f"streams: {name}") for field, name in (
        ("connect", "connect, accept"), ("deliver", "send, receive"), ("dump", "one in a dump"),
        ("memory", "memory"))]
    for number, (type_name, field, name) in enumerate(panels):
        series = [(colour, [(r["sockets"], r[field]) for r in results
                            if (r["family"], r["type"]) == (family, type_name) and
                            (field != "memory" or r["sockets"] >= 1000)])
                  for family, colour in (("unix", THEIRS), ("scope", OURS))]
        height = draw_lines(sheet, MARGIN + number % 4 * column, column, name, series)
        if number % 4 == 3:
            sheet.y += height + 36


PANELS = {"peers": draw_peers, "stations": draw_stations, "watch": draw_watch,
          "growth": draw_growth}


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        kept = json.load(file)
    sheet = Sheet()
    sheet.title(f"What AF_SCOPE costs on Linux {kept['kernel']}",
                "counted in instructions by an emulated CPU; less is better")
    sheet.y += 10
    for part, draw in PANELS.items():
        if part in kept["parts"]:
            draw(sheet, kept["parts"][part]["results"])
    sheet.write(target)


main()
