"""Feature families beside the reference implementation, in the same run.

    benches/peers/run families --reference FILE --images FOLDER

README.md here says what is measured and how to read the table.
"""

import argparse
import json
import statistics
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from measure import Bench, Line
from peers import HERE, Process, machine
from spectra import print_lines

PACKAGES = ["numpy", "opencv-python-headless", "jpeglib", "PyWavelets"]
FULL = "dctr,dctr-np,dctr-c,srm,spam-rgb,colour,haar,gfr"
# The ratio wanted of ours to the reference's, and the milliseconds an image.
LINES = [
    ("dctr", "dctr", 1 / 7, 3),
    ("srm", "srm", 1 / 7, 4),
    ("full", FULL, 1 / 10, 20),
    *((name, name, None, None) for name in FULL.split(",") if name not in ("dctr", "srm")),
]


def arguments():
    parser = argparse.ArgumentParser(description="Feature families beside the reference implementation.")
    parser.add_argument("--reference", required=True, metavar="FILE", help="families.py of the reference")
    parser.add_argument("--images", required=True, metavar="FOLDER", help="JPEG files with 4:2:0 colour")
    parser.add_argument("--count", type=int, default=8, help="images read in turn (default 8)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each side (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement (default 1)")
    parser.add_argument("--output", metavar="FOLDER", help="place of families.json (default target/peers)")
    return parser.parse_args()


def main():
    args = arguments()
    images = [str(path) for path in sorted(Path(args.images).rglob("*.jpg"))][: args.count]
    if not images:
        sys.exit(f"{args.images}: no .jpg files")
    output = Path(args.output or HERE.parents[1] / "target" / "peers")
    bench = Bench(output, args.rounds, args.seconds, quick=False)
    theirs = Process([sys.executable, str(HERE / "families_rival.py"), args.reference])
    ours, where, lines = bench.ours(), machine(PACKAGES), []
    for name, families, target, most in LINES:
        request = {"extract": families, "images": images, "seconds": args.seconds}
        line = Line(name, f"{name}, file to features", "the reference", "ms", target)
        line.fill(args.rounds, lambda: theirs.ask(request)["ms"], lambda: ours.ask(request)["ms"])
        if most is not None:
            allowed = Line(f"{name}-ms", f"{name}, file to features", f"{most} ms allowed", "ms", 1.0)
            allowed.theirs, allowed.ours = [float(most)] * args.rounds, line.ours
            lines.append(allowed)
        lines.append(line)
    for side in (theirs, ours):
        side.close()
    print(f"{date.today()}; {where}")
    print(f"{args.rounds} rounds, alternating; {len(images)} images, one thread")
    print_lines(lines)
    record = {"date": str(date.today()), "machine": where}
    record["lines"] = [asdict(line) | {"median_ratio": statistics.median(line.ratios())} for line in lines]
    (output / "families.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten {output / 'families.json'}")


if __name__ == "__main__":
    main()
