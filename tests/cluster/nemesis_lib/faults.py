"""The faults, and how a seed composes them.

A plan is made of the seed and the nodes alone: what it does is the same each time, though not what comes of
it. A fault is begun, lasts, and is ended or left as it is until the round is over.
"""

import dataclasses
import functools

from .field import wait

# corosync's token in these clusters is 1 s: a pause below it is not noticed, one above 2 s surely is.
SHORT_SECONDS, LONG_SECONDS = (0.1, 0.8), (2.5, 6)
FAULTS_A_ROUND = (2, 5)


@dataclasses.dataclass
class Move:
    kind: str
    nodes: list
    seconds: float  # Until it ends, or the next one begins.
    ends: bool      # Else it goes on beside the next.
    detail: dict

    def __str__(self):
        detail = " ".join(f"{key}={value}" for key, value in self.detail.items())
        stays = "" if self.ends else " (stays)"
        return f"{self.kind} {','.join(self.nodes)} {detail}{stays} {self.seconds:.1f} s"


def plan(chance, nodes):
    """The moves of one round."""
    count = chance.randint(*FAULTS_A_ROUND)
    kinds = chance.choices(list(FAULTS), [weight for weight, *_ in FAULTS.values()], k=count)
    return [make(kind, chance, nodes) for kind in kinds]


def make(kind, chance, nodes):
    _, detail, *_ = FAULTS[kind]
    seconds = chance.uniform(*chance.choice((SHORT_SECONDS, LONG_SECONDS)))
    return Move(kind, some(chance, nodes), seconds, chance.random() < 0.6, detail(chance, nodes))


def some(chance, nodes):
    """One, a minority, a majority, or all."""
    half = len(nodes) // 2
    count = chance.choice([1, 1, chance.randint(1, half), chance.randint(half + 1, len(nodes)), len(nodes)])
    return chance.sample(nodes, count)


def run(field, move):
    _, _, begin, end = FAULTS[move.kind]
    begin(field, move)
    wait(move.seconds)
    if move.ends:
        end(field, move)


# What a fault needs to know beside its nodes.

def nothing(chance, nodes):
    return {}


def cut(chance, nodes):
    """Two sides, three, all alone, or two that a third sees both of; both ways or one."""
    order = chance.sample(nodes, len(nodes))
    at = chance.randint(1, len(nodes) - 1)
    shape = chance.choice(("two", "two", "three", "alone", "bridge"))
    if shape == "two":
        sides = [order[:at], order[at:]]
    elif shape == "three" and len(nodes) > 3:
        sides = [order[:1], order[1:3], order[3:]]
    elif shape == "bridge":
        sides = [order[1:at + 1], order[at + 1:]] if at + 1 < len(order) else [order[1:2], order[2:]]
    else:
        sides = [[node] for node in order]
    return {"sides": sides, "one_way": chance.random() < 0.3, "only": shape == "bridge"}


def bad_network(chance, nodes):
    settings = {"loss": chance.choice((0, 0.02, 0.1, 0.3)), "duplicate": chance.choice((0, 0.1)),
                "delay_seconds": chance.choice((0.001, 0.01, 0.05)), "reorder": chance.choice((0, 0.1, 0.5))}
    return {"settings": {key: value for key, value in settings.items() if value}}


def disk(chance, nodes):
    fault = chance.choice(("full", "full_unreserved", "sync_fails_once", "write_fails_once", "slow_sync"))
    return {"fault": fault, "ms": chance.choice((20, 200, 1500))}


def clock(chance, nodes):
    return {"seconds": chance.choice((-86400, -60, -1, 1, 60, 86400))}


def seed(chance, nodes):
    return {"seed": chance.randrange(1 << 32)}


def times(chance, nodes):
    return {"pauses": [round(chance.uniform(0, 1.2), 2) for _ in range(chance.randint(1, 4))]}


# What it does.

def signal(do, process):
    return lambda field, move: field.each(do, move.nodes, process)


def begin_disk(field, move):
    fault = move.detail["fault"]
    if fault == "full_unreserved":
        field.fail_disks(move.nodes, "no_reserve")
        fault = "full"
    field.fail_disks(move.nodes, fault, str(move.detail["ms"]))


def end_disk(field, move):
    for node in move.nodes:
        field.disks[node].mend()


def join_then_die(field, move, process):
    """It is killed while it starts, a few times."""
    field.each("kill", move.nodes, process)
    for pause in move.detail["pauses"]:
        field.each("start", move.nodes, process)
        wait(pause)
        field.each("kill", move.nodes, process)


def start_all_at_once(field, _):
    """From cold, with no group there to join."""
    field.each("kill", field.nodes, "all")
    field.each("start", field.nodes, "all")


def shift_clocks(field, move, seconds=None):
    for node in move.nodes:
        field.disks[node].shift_clock(move.detail["seconds"] if seconds is None else seconds)


def undo_nothing(_field, _move):
    pass


# kind: how often it is chosen, what more it needs to know, what begins it, what ends it.
FAULTS = {
    "kill-peald": (4, nothing, signal("kill", "peald"), signal("start", "peald")),
    "kill-corosync": (3, nothing, signal("kill", "corosync"), signal("start", "corosync")),
    "kill-both": (2, nothing, signal("kill", "all"), signal("start", "all")),
    "stop-peald": (3, nothing, signal("stop", "peald"), signal("cont", "peald")),
    "stop-corosync": (3, nothing, signal("stop", "corosync"), signal("cont", "corosync")),
    "partition": (6, cut, lambda field, move: field.cut(**move.detail),
                  lambda field, _: field.ask(do="heal")),
    "network": (4, bad_network, lambda field, move: field.bad_network(move.nodes, move.detail["settings"]),
                lambda field, _: field.ask(do="netem", node="clear", settings={})),
    "disk": (4, disk, begin_disk, end_disk),
    "clock": (2, clock, shift_clocks, functools.partial(shift_clocks, seconds=0)),
    "join-then-die": (2, times, functools.partial(join_then_die, process="peald"),
                      signal("start", "peald")),
    "corosync-joins-then-dies": (1, times, functools.partial(join_then_die, process="corosync"),
                                 signal("start", "corosync")),
    "start-all-at-once": (1, nothing, start_all_at_once, undo_nothing),
    "wipe": (2, nothing, lambda field, move: field.wipe(move.nodes), signal("start", "peald")),
    "power-loss": (2, seed, lambda field, move: field.lose_power(move.nodes, move.detail["seed"]),
                   signal("start", "all")),
    "power-loss-of-all": (2, seed, lambda field, move: field.lose_power(field.nodes, move.detail["seed"]),
                          lambda field, _: field.each("start", field.nodes, "all")),
}
