"""The tables of what run.py measured: multiples of lambdactl's figures first, then every figure."""

import peers

STEPS = ["first apply", "plan, no change", "plan, one drifted"]
# Calls a second that the service allows for all but GetFunction.
QUOTA = 15


def table(rows):
    """Every figure of every case."""
    head = "| functions | quota | step | tool | seconds | fastest to slowest | requests | throttled | peak MB | runs |"
    head += " by operation |"
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    for row in sorted(rows, key=place):
        start = f"| {row['functions']} | {row['quota']} | {row['step']} | {row['tool']} |"
        if "left_out" in row:
            lines.append(f"{start} {row['left_out']} | | | | | | |")
            continue
        operations = ", ".join(f"{name} {count}" for name, count in sorted(row["by_operation"].items()))
        lines.append(
            f"{start} {row['seconds']:.2f} | {row['fastest']:.2f} to {row['slowest']:.2f} | {row['requests']:.0f} | "
            f"{row['throttled']:.0f} | {row['megabytes']:.0f} | {row['runs']} | {operations} |"
        )
    return "\n".join(lines) + "\n"


def place(row):
    """Cases in order, and in each the tools in theirs."""
    names = [kind.name for kind in peers.ALL]
    return (row["quota"] != "none", row["functions"], STEPS.index(row["step"]), names.index(row["tool"]))


def ratios(rows):
    """Each tool's time and requests as multiples of lambdactl's, one line for each thing to do."""
    names = names_in(rows)
    lines = [f"| functions | quota | step | {' | '.join(names)} |", "|" + "---|" * (len(names) + 3)]
    for (functions, quota, step), tools in by_case(rows).items():
        own = tools.get(names[0], {})
        if "seconds" not in own:
            continue
        cells = [f"{own['seconds']:.2f} s, {own['requests']:.0f}"]
        for row in [tools.get(name, {}) for name in names[1:]]:
            both = "seconds" in row and f"{multiple(row, own, 'seconds')}, {multiple(row, own, 'requests')}"
            cells.append(both or row.get("left_out", ""))
        lines.append(f"| {functions} | {quota} | {step} | {' | '.join(cells)} |")
    return "Time and requests: lambdactl's own, and the others' as multiples of them.\n\n" + "\n".join(lines) + "\n"


def floors(rows):
    """The time of creating under quotas as a multiple of the least that they allow."""
    names = names_in(rows)
    lines = [f"| functions | floor | {' | '.join(names)} |", "|" + "---|" * (len(names) + 2)]
    created = [row for row in rows if row["quota"] == "aws" and row["step"] == STEPS[0]]
    for (functions, _, _), tools in by_case(created).items():
        floor = functions / QUOTA
        cells = []
        for row in [tools.get(name, {}) for name in names]:
            cells.append(f"{row['seconds'] / floor:.2f}" if "seconds" in row else row.get("left_out", ""))
        lines.append(f"| {functions} | {floor:.1f} s | {' | '.join(cells)} |")
    title = f"Creating under quotas, as multiples of the floor: {QUOTA} calls a second, and one call for each function.\n\n"
    return title + "\n".join(lines) + "\n"


def names_in(rows):
    return [kind.name for kind in peers.ALL if any(row["tool"] == kind.name for row in rows)]


def by_case(rows):
    cases = {}
    for row in sorted(rows, key=place):
        cases.setdefault((row["functions"], row["quota"], row["step"]), {})[row["tool"]] = row
    return cases


def multiple(row, own, member):
    ratio = row[member] / own[member]
    return f"{ratio:.0f} ×" if ratio >= 19.5 else f"{ratio:.1f} ×"
