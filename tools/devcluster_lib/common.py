"""What the command and the supervisor both know: names, places, errors, exit codes."""

import json
import os
import pathlib
import re
import tempfile

EXIT_ERROR = 1
EXIT_USAGE = 64
EXIT_NO_NAMESPACES = 69
EXIT_NO_CLUSTER = 105

PROCESSES = ("corosync", "peald")
NODES_MAX = 16
NETWORK = "10.77.0"  # The same in every cluster: each has network namespaces of its own.


class Failure(Exception):
    """Ends the command with a message for people and an exit code."""

    def __init__(self, text, code=EXIT_ERROR):
        super().__init__(text)
        self.code = code


def check_name(name):
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise Failure(f"'{name}' is no name of a cluster: up to 32 of a-z, 0-9 and '-'", EXIT_USAGE)
    return name


def clusters_folder():
    return pathlib.Path(tempfile.gettempdir()) / f"peal-devcluster-{os.getuid()}"


def start_time(pid):
    """When the process began, in clock ticks: with the pid it names one process for good. None: gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else int(fields[19])


class Cluster:
    """The folder of one cluster, and the supervisor it names."""

    def __init__(self, name, folder=None):
        self.name = check_name(name)
        self.folder = folder or clusters_folder() / name

    def node_folder(self, node):
        return self.folder / node

    @property
    def control(self):
        return self.folder / "control"

    def log(self, node, process):
        return self.folder / "logs" / f"{node}-{process}.log"

    def write_supervisor(self, pid, nodes):
        record = {"pid": pid, "start": start_time(pid), "nodes": nodes}
        (self.folder / "supervisor.json").write_text(json.dumps(record))

    def supervisor(self):
        """The record of the living supervisor; None when there is none."""
        try:
            record = json.loads((self.folder / "supervisor.json").read_text())
        except (OSError, ValueError):
            return None
        alive = record["start"] is not None and start_time(record["pid"]) == record["start"]
        return record if alive else None

    def require(self):
        record = self.supervisor()
        if record is None:
            raise Failure(
                f"no cluster '{self.name}' is up; 'devcluster list' shows those that are, "
                f"'devcluster --name {self.name} up 3' starts one",
                EXIT_NO_CLUSTER,
            )
        return record
