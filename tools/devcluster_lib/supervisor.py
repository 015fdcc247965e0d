"""The init process of a cluster's namespaces: parent of all that runs in it.

When it ends, however it ends, the kernel ends every process of its PID namespace, and with the last of them
the network namespaces go. Nothing has to be cleaned up but a folder.
"""

import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

from . import corosync_conf, network
from .common import PROCESSES, Cluster, Failure

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "cont": signal.SIGCONT,
           "term": signal.SIGTERM}
REQUEST_BYTES_MAX = 64 * 1024


class Node:
    """One node: the process that holds its namespaces, and the daemons on it."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.daemons = {}
        folder = cluster.node_folder(name)
        for part in ("corosync", "peal"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        script = pathlib.Path(sys.argv[0]).resolve()
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--uts", sys.executable, str(script), "--hold",
             name, str(folder)],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if self.holder.stdout.readline() != b"ready\n":
            raise Failure(f"{name}: its namespaces cannot be made")
        network.plug_in(name, self.holder.pid)

    def start(self, process, command):
        if self.runs(process):
            raise Failure(f"{process} is running on {self.name}")
        log = open(self.cluster.log(self.name, process), "ab")
        self.daemons[process] = subprocess.Popen(
            self.inside(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            start_new_session=True)
        log.close()

    def inside(self, command):
        return ["nsenter", "-t", str(self.holder.pid), "--mount", "--net", "--uts", "--", *command]

    def run(self, command):
        done = subprocess.run(self.inside(command), capture_output=True, text=True, timeout=30,
                              check=False)
        if done.returncode != 0:
            raise Failure(f"{self.name}: {' '.join(command)}: {done.stdout}{done.stderr}")

    def runs(self, process):
        running = self.daemons.get(process)
        return running is not None and running.poll() is None

    def signal(self, process, number):
        if not self.runs(process):
            raise Failure(f"{process} is not running on {self.name}")
        running = self.daemons[process]
        running.send_signal(number)
        if number == signal.SIGKILL:
            running.wait()

    def states(self):
        return {process: self.state(process) for process in PROCESSES if process in self.daemons}

    def state(self, process):
        code = self.daemons[process].poll()
        if code is None:
            stat = pathlib.Path(f"/proc/{self.daemons[process].pid}/stat").read_text()
            stopped = stat[stat.rindex(")") + 2] == "T"
            return "stopped" if stopped else "running"
        return f"ended by signal {-code}" if code < 0 else f"exited with {code}"


class Supervisor:
    def __init__(self, options):
        # Inside of a user namespace this user has another id, so the folder is not looked up again.
        self.cluster = Cluster(options["name"], pathlib.Path(options["folder"]))
        self.options = options
        self.nodelist = options["nodes"]
        self.nodes = {}
        self.bad_wires = {}
        self.up = None

    def run(self, pipe):
        def progress(news):
            pipe.write(json.dumps(news) + "\n")
            pipe.flush()

        # While `up` waits: it tells with an error that nobody reads `pipe` any more.
        self.up = select.poll()
        self.up.register(pipe, 0)
        try:
            self.build(progress)
        except Failure as failure:
            progress({"failed": str(failure)})
            return
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.cluster.control))
            listener.listen(16)
            progress({"ready": True})
            while self.serve(listener):
                pass

    def build(self, progress):
        (self.cluster.folder / "logs").mkdir(exist_ok=True)
        network.make_switch()
        for name in self.options["nodes"]:
            self.nodes[name] = Node(self.cluster, name)
        progress({"did": f"{len(self.nodes)} nodes on a network of their own"})
        for node in self.nodes.values():
            self.start(node, "corosync")
        if self.options["peald"]:
            for node in self.nodes.values():
                self.start(node, "peald")
        progress({"did": "started corosync" + (" and peald" if self.options["peald"] else "")})

    def start(self, node, process):
        if process == "corosync":
            node.start(process, ["corosync", "-f", "-c", str(self.configure(node))])
            return
        if not self.options["peald"]:
            raise Failure("this cluster was started without peald")
        conf = self.cluster.node_folder(node.name) / "peald.toml"
        conf.write_text(self.options["peald_toml"])
        node.start(process, ["env", *self.options["peald_env"], self.options["peald"],
                             "--config", str(conf), *self.options["peald_args"]])

    def configure(self, node):
        conf = self.cluster.node_folder(node.name) / "corosync.conf"
        conf.write_text(corosync_conf.text(self.cluster.name, self.nodelist, self.options["quorum"],
                                           self.cluster.log(node.name, "corosync")))
        return conf

    def change_nodelist(self, names):
        self.nodelist = [self.node(name).name for name in names]
        for node in self.nodes.values():
            self.configure(node)
        running = [node for node in self.nodes.values() if node.runs("corosync")]
        if running:
            # It tells all the others to read theirs.
            running[0].run(["corosync-cfgtool", "-R"])

    def serve(self, listener):
        """Answers one request, if one comes within a moment. False: asked to end."""
        self.reap()
        if self.up is not None and self.up.poll(0):
            return False
        tie = [sys.stdin] if self.options["tied"] else []
        ready = select.select([listener, *tie], [], [], 0.5)[0]
        if not ready:
            return True
        if listener not in ready:
            # Nobody writes there: this is its end.
            return False
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            try:
                request = json.loads(connection.makefile().readline(REQUEST_BYTES_MAX))
                answer = self.answer(request)
            except Failure as failure:
                answer = {"error": str(failure)}
            except (OSError, ValueError) as problem:
                answer = {"error": f"bad request: {problem}"}
            try:
                connection.sendall((json.dumps(answer) + "\n").encode())
            except OSError:
                pass
            return not answer.get("ending")

    def answer(self, request):
        do = request["do"]
        if do == "down":
            return {"ending": True}
        if do == "settled":
            self.up = None
            return {}
        if do == "status":
            return {"nodes": {name: node.states() for name, node in self.nodes.items()}}
        if do == "holder":
            return {"pid": self.node(request["node"]).holder.pid}
        if do in SIGNALS or do == "start":
            for process in self.processes(request["process"]):
                self.control(do, self.node(request["node"]), process)
            return {}
        if do == "partition":
            self.partition(request)
            return {}
        if do == "heal":
            for node in self.nodes.values():
                network.heal(node.holder.pid)
            return {}
        if do == "nodelist":
            self.change_nodelist(request["nodes"])
            return {}
        if do == "netem":
            return {"done": self.netem(request)}
        raise Failure(f"unknown request '{do}'")

    def control(self, do, node, process):
        if do == "start":
            self.start(node, process)
        else:
            node.signal(process, SIGNALS[do])

    def node(self, name):
        if name not in self.nodes:
            raise Failure(f"no node '{name}'; there are {', '.join(self.nodes)}")
        return self.nodes[name]

    def processes(self, name):
        if name == "all":
            return PROCESSES if self.options["peald"] else PROCESSES[:1]
        return (name,)

    def partition(self, request):
        sides = request["sides"]
        named = [node for side in sides for node in side]
        if len(named) != len(set(named)):
            raise Failure("a node stands on two sides")
        rest = [node for node in self.nodes if node not in named]
        if rest and not request["only"]:
            sides = sides + [rest]
        for i, side in enumerate(sides):
            for other in sides[i + 1:]:
                self.cut(side, other)
                if not request["one_way"]:
                    self.cut(other, side)

    def cut(self, side, other):
        for name in side:
            for peer in other:
                network.cut(name, self.node(name).holder.pid, self.node(peer).name)

    def netem(self, request):
        """Of the node, or of all; with settings or, without, as it was. Gives what was done to frames."""
        names = list(self.nodes) if request["node"] == "clear" else [self.node(request["node"]).name]
        done = {name: self.bad_wires.pop(name).remove() for name in names if name in self.bad_wires}
        if request["settings"]:
            self.bad_wires[names[0]] = network.BadWire(names[0], sys.argv[0], request["settings"])
        return done

    def reap(self):
        """Ends the zombies whose parents are gone: an init process inherits them."""
        own = {process.pid for node in self.nodes.values()
               for process in [node.holder, *node.daemons.values()]}
        own |= {wire.relay.pid for wire in self.bad_wires.values()}
        try:
            while True:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None or ended.si_pid in own:
                    break
                os.waitpid(ended.si_pid, 0)
        except ChildProcessError:
            pass
        for node in self.nodes.values():
            for process in node.daemons.values():
                process.poll()


def supervise(options, pipe):
    """`pipe`: where `up` reads what is going on. When `up` ends before all is well, so does all this."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    Supervisor(options).run(pipe)


def hold(node, folder):
    """The process that a node's mount, network and UTS namespaces belong to."""
    def mount(kind, source, target):
        command = ["mount", "--bind", source, target] if kind == "bind" else [
            "mount", "-t", "tmpfs", "tmpfs", target]
        subprocess.run(command, check=True)

    socket.sethostname(node)
    mount("tmpfs", "", "/run")
    mount("tmpfs", "", "/dev/shm")
    # What the host has there is hidden, so that nothing of it can be touched.
    mount("tmpfs", "", "/var/lib")
    for part in ("corosync", "peal"):
        os.mkdir(f"/var/lib/{part}")
        mount("bind", f"{folder}/{part}", f"/var/lib/{part}")
    os.mkdir("/run/peal")
    # Ends with the supervisor in any case; this only saves a moment.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    print("ready", flush=True)
    while True:
        time.sleep(3600)
