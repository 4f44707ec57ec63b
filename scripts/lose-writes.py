"""Takes from a disk what it had not been told to flush, as a disk with a cache does that loses its power.

usage: lose-writes.py DISK LOG SEED

DISK is the disk as it was before LOG, which qemu's blklogwrites wrote (the format of the kernel's dm-log-writes). All that was
written before the last flush is written to DISK. Of what came after it, each page of 4 KiB is there or not by chance, the same
for the same SEED: a disk may write its cache in any order.
"""

import random
import struct
import sys

FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
PAGE = 4096


def entries(log):
    """Yields (sector's offset, length, flags, where the data lies) of each entry that is there as a whole."""
    log.seek(0)
    magic, _, _, sector = struct.unpack("<QQQI", log.read(28))
    if magic != 0x6A736677736872:
        sys.exit("lose-writes: this is no log of writes")
    end = log.seek(0, 2)
    place = sector
    while place + sector <= end:
        log.seek(place)
        where, count, flags, data = struct.unpack("<QQQQ", log.read(32))
        place += sector
        if flags & MARK:
            place += -(-data // sector) * sector
            continue
        size = 0 if flags & DISCARD else count * sector
        # What was never written in the log reads as zeros.
        if place + size > end or not (count or flags):
            return
        yield where * sector, count * sector, flags, place
        place += size


def main():
    disk_name, log_name, seed = sys.argv[1:]
    chance = random.Random(seed)
    with open(log_name, "rb") as log, open(disk_name, "r+b") as disk:
        all_of_them = list(entries(log))
        flushes = [number for number, entry in enumerate(all_of_them) if entry[2] & FLUSH]
        certain = flushes[-1] if flushes else -1
        lost = kept = 0
        for number, (offset, length, flags, place) in enumerate(all_of_them):
            if flags & DISCARD:
                continue
            for start in range(0, length, PAGE):
                size = min(PAGE, length - start)
                if number > certain and not flags & FUA:
                    if chance.random() < 0.5:
                        lost += 1
                        continue
                    kept += 1
                log.seek(place + start)
                disk.seek(offset + start)
                disk.write(log.read(size))
        print(f"of {lost + kept} pages that were not flushed {lost} are lost ({len(all_of_them)} writes, {len(flushes)} flushes)")


main()
