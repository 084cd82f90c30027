#!/usr/bin/env python3
"""Makes the two faces of the window from Inter: tabular digits by default, Latin, Greek and Cyrillic only.

egui does not switch OpenType features on, so the tabular forms (`tnum`) take the place of the
proportional ones in the character map. Needs Debian's `fonts-inter` and `pip install fonttools`.
Usage: make.py [FOLDER WITH Inter-*.otf]
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter")
RANGES = [(0x20, 0x17F), (0x2B0, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F), (0x2000, 0x206F), (0x2070, 0x209C),
          (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF),
          (0x2300, 0x23FF), (0x25A0, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF)]


def freeze_tabular(font):
    gsub = font["GSUB"].table
    swaps = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    table = getattr(table, "ExtSubTable", table)
                    swaps.update(getattr(table, "mapping", {}))
    for cmap in font["cmap"].tables:
        for code, glyph in list(cmap.cmap.items()):
            # Letters stay proportional; digits, signs and separators line up.
            if glyph in swaps and not chr(code).isalpha():
                cmap.cmap[code] = swaps[glyph]


def make(face):
    font = TTFont(SOURCE / f"Inter-{face}.otf")
    freeze_tabular(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = record.toUnicode().replace("Inter", "InterTabular")
    options = Options(layout_features=["kern", "mark", "mkmk", "ccmp"], name_IDs=["*"], hinting=False, desubroutinize=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    target = Path(__file__).parent / f"InterTabular-{face}.otf"
    font.save(target)
    widths = {font["hmtx"][font.getBestCmap()[ord(digit)]][0] for digit in "0123456789"}
    # Interpolated faces differ by a thousandth of a digit.
    assert max(widths) - min(widths) <= 2, widths
    print(target.name, target.stat().st_size, "bytes; digit width", widths)


for name in ("Regular", "Medium"):
    make(name)
