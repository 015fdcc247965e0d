"""The disks of a cluster's daemons, which can lose power and fail: tests/support/unsynced_disk.h."""

import os
import pathlib
import shutil
import tempfile

from harness import BUILD

SECTOR = 512
DATA = "/var/lib/peal"
PRELOAD = BUILD / "tests" / "support" / "libpeal_unsynced_disk.so"

CLOCK_SHIFT = "clock_shift"
UP_ARGS = ("--peald-env", f"LD_PRELOAD={PRELOAD}", "--peald-env", f"PEAL_DISK_ROOT={DATA}",
           "--peald-env", f"PEAL_CLOCK_SHIFT={DATA}/.disk/{CLOCK_SHIFT}")


class Disk:
    """One node's data folder, as this machine sees it."""

    def __init__(self, cluster, node):
        clusters = pathlib.Path(tempfile.gettempdir()) / f"peal-devcluster-{os.getuid()}"
        self.root = clusters / cluster.name / node / "peal"
        self.shadow = self.root / ".disk"

    def fault(self, name, text=""):
        """From now on. False: nobody has used this disk yet."""
        if not (self.shadow / "faults").exists():
            return False
        (self.shadow / "faults" / name).write_text(text)
        return True

    def mend(self):
        for fault in (self.shadow / "faults").glob("*"):
            fault.unlink(missing_ok=True)

    def shift_clock(self, seconds):
        """The time of day, for this daemon, until its disk loses power or is wiped."""
        if self.shadow.exists():
            (self.shadow / CLOCK_SHIFT).write_text(str(seconds))

    def wipe(self):
        """A new disk in place of the old."""
        for entry in self.root.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def lose_power(self, random, keeps=True):
        """Leaves what a power loss would: what was synced, and of the rest what chance takes; or, where
        this disk `keeps` nothing, none of it. The daemons must have been killed."""
        # Corosync does not sync the numbers of its rings: they may begin anew.
        for ring_id in (self.root.parent / "corosync").glob("ringid_*"):
            ring_id.unlink()
        if not self.shadow.exists():
            return  # No daemon has got as far as to write anything.
        self.keeps = keeps
        after = self.root.parent / "after-power-loss"
        shutil.rmtree(after, ignore_errors=True)
        self.restore(self.root, after, random)
        self.wipe()
        for entry in after.iterdir():
            entry.rename(self.root / entry.name)
        after.rmdir()

    def restore(self, folder, target, random):
        target.mkdir()
        for entry in self.entries(folder, random):
            name, inode, kind = entry.rsplit(":", 2)
            if kind == "d":
                self.restore(folder / name, target / name, random)
            else:
                (target / name).write_bytes(self.bytes_left(folder, inode, random))

    def entries(self, folder, random):
        """The folder's names: those that were synced, or those after one of the changes since."""
        key = "@" if folder == self.root else str(folder.relative_to(self.root)).replace("/", "%")
        names = self.shadow / "names" / key
        if not names.exists():
            return []  # A new folder, and nothing made in it yet.
        # A line without its end was being written when the daemon was killed.
        states = names.read_text().split("\n")[:-1]
        return (random.choice(states) if self.keeps else states[0]).split()

    def bytes_left(self, folder, inode, random):
        durable = self.shadow / "inodes" / inode
        synced = durable.read_bytes() if durable.exists() else b""
        if not self.keeps:
            return synced
        seen = self.bytes_seen(folder, inode)
        # The size is the old one, the new one, or between.
        size = random.choice([len(synced), len(seen), random.randint(*sorted((len(synced), len(seen))))])
        left = bytearray(synced[:size].ljust(size, b"\0"))
        for at in range(0, size, SECTOR):
            end = min(at + SECTOR, size)
            if seen[at:end] != synced[at:end]:
                fate = random.choice(("kept", "lost", "garbled"))
                if fate == "kept":
                    left[at:end] = seen[at:end].ljust(end - at, b"\0")
                elif fate == "garbled":
                    left[at:end] = self.garble(synced[at:end], seen[at:end], end - at, random)
        return bytes(left)

    @staticmethod
    def garble(synced, seen, size, random):
        """What was synced of an appended sector stays; a disk tears only what it writes."""
        kept = 0
        while kept < min(len(synced), len(seen)) and synced[kept] == seen[kept]:
            kept += 1
        return synced[:kept] + random.randbytes(size - kept)

    def bytes_seen(self, folder, inode):
        for path in [self.shadow / "removed" / inode, *folder.iterdir()]:
            if path.is_file() and str(path.stat().st_ino) == inode:
                return path.read_bytes()
        return b""
